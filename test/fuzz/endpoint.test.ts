import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { expect } from 'vitest';
import { checkEndpoint } from '../../worker/endpoint.ts';
import { holds } from './holds.ts';

/** What is not public, by IANA's registries of special-purpose addresses (RFC 6890); node's own list is the judge. */
const notPublic = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [range, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  notPublic.ipv4.addSubnet(range, bits, 'ipv4');
for (const [range, bits] of [
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  notPublic.ipv6.addSubnet(range, bits, 'ipv6');
const loopback = { ipv4: new BlockList(), ipv6: new BlockList() };
loopback.ipv4.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.ipv6.addAddress('::1', 'ipv6');

const byte = fc.nat(255);
const privateBytes = fc.oneof(
  fc.tuple(fc.constantFrom(0, 10, 127, 224, 255), byte, byte, byte),
  fc.tuple(fc.constant(192), fc.constant(168), byte, byte),
  fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), byte, byte),
  fc.tuple(fc.constant(169), fc.constant(254), byte, byte),
  fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), byte, byte),
);
/** Next door to loopback, and anywhere. */
const anyBytes = fc.oneof(fc.tuple(fc.constantFrom(1, 126, 128, 172, 192), byte, byte, byte), privateBytes);

/** One number as inet_aton takes it: decimal, hexadecimal or octal. */
const digits = (value: number) => fc.constantFrom(String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`);
const wide = (text: string) => text.replace(/[0-9.]/g, (c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0));
const encoded = (text: string) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('');

/** An IPv4 address in one of the spellings that resolvers take. */
const spelled = ([a = 0, b = 0, c = 0, d = 0]: number[]) =>
  fc
    .oneof(
      fc.tuple(digits(a), digits(b), digits(c), digits(d)).map((parts) => parts.join('.')),
      fc.tuple(digits(a), digits(b), digits(c * 256 + d)).map((parts) => parts.join('.')),
      fc.tuple(digits(a), digits((b << 16) + c * 256 + d)).map((parts) => parts.join('.')),
      digits(a * 2 ** 24 + (b << 16) + c * 256 + d),
      fc.constantFrom('::ffff:', '::', '64:ff9b::', '2002:').map((head) => {
        const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
        return `[${head}${high}:${low}${head === '2002:' ? '::' : ''}]`;
      }),
      fc.constant(`[::ffff:${a}.${b}.${c}.${d}]`),
      fc.constant([a, b, c, d].join('。')),
    )
    .chain((host) => fc.constantFrom(host, `${host}.`, host.startsWith('[') ? host : wide(host), host.toUpperCase()))
    .chain((host) => fc.constantFrom(host, /[^\0-\x7f[]/.test(host) ? host : host.replace(/\d/, encoded)));
const urlOf = (bytes: fc.Arbitrary<number[]>) =>
  fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'HTTPS:\\\\', 'https:', ' https://', 'https:/\t/'),
      bytes.chain(spelled),
      fc.constantFrom('', ':443', ':80', ':8080'),
      fc.constantFrom('', '/hook', '#@example.com', '?.example.com', '\\.example.com'),
    )
    .map((parts) => parts.join(''));

const hostOf = (text: string) => new URL(text).hostname.replace(/^\[|\]$|\.$/g, '');
/** A list a family: node's takes `::ffff:0:0/96` for every IPv4 address too. */
const within = (lists: typeof loopback, host: string) => {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  return isIP(host) > 0 && lists[family].check(host, family);
};

holds(
  'no address that is not public is let through in production, in no spelling',
  3_000,
  fc.property(urlOf(privateBytes), (text) => {
    expect(checkEndpoint(text, { loopback: false })).toMatchObject({ ok: false });
    // The judge agrees that these are private ones: else the property would say nothing.
    if (URL.canParse(text)) expect(within(notPublic, hostOf(text)), text).toBe(true);
  }),
);

holds(
  'where loopback is allowed, nothing but loopback is let through',
  3_000,
  fc.property(urlOf(anyBytes), (text) => {
    const checked = checkEndpoint(text, { loopback: true });
    if (checked.ok) expect(within(loopback, hostOf(text)), text).toBe(true);
  }),
);

holds(
  'what is let through in production is https to a public name, on its own port, without credentials',
  3_000,
  fc.property(
    fc.oneof(
      urlOf(anyBytes),
      fc.webUrl(),
      fc.string(),
      fc.domain().map((host) => `https://${host}`),
    ),
    (text) => {
      const checked = checkEndpoint(text, { loopback: false, ownHosts: ['hub.example.com'] });
      if (!checked.ok) return;
      expect(checked.value).toMatchObject({ protocol: 'https:', port: '', username: '', password: '' });
      const { hostname } = checked.value;
      expect([isIP(hostname.replace(/^\[|\]$/g, '')), hostname.includes('.')]).toEqual([0, true]);
      expect(hostname).not.toMatch(/(^|\.)(localhost|local|internal|hub\.example\.com)\.?$/);
    },
  ),
);
