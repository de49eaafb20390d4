import fc from 'fast-check';
import { expect } from 'vitest';
import { Headers as CustomHeaders } from '../../worker/headers.ts';
import { holds } from './holds.ts';

/** What HTTP, Cloudflare or a delivery sets itself; by hand, from RFC 9110, the Fetch standard and the contract. */
const OURS =
  'Host Content-Length Content-Type Transfer-Encoding Connection Keep-Alive TE Trailer Upgrade Expect Date Via Cookie Set-Cookie ' +
  'User-Agent Webhook-Id webhook-timestamp WEBHOOK-SIGNATURE hubwire-attempt CF-Connecting-IP X-Forwarded-For Forwarded Proxy-Authorization __proto__';
const name = fc.oneof(
  fc.constantFrom(...OURS.split(' ')),
  fc.constantFrom('X-Key', 'authorization', 'x_token', 'constructor', 'x:y', 'x y', 'ключ', ''),
  fc.string({ maxLength: 70, unit: 'binary' }),
  fc
    .tuple(fc.constantFrom(...OURS.split(' ')), fc.constantFrom(' ', '\r', '\n', '\0', ':'))
    .map((parts) => parts.join('')),
);
const value = fc.oneof(
  { arbitrary: fc.constantFrom('Bearer abc', 'a', 'x'.repeat(4_096)), weight: 3 },
  fc.string({ maxLength: 40, unit: 'binary' }),
  fc.string({ maxLength: 40 }),
  fc
    .tuple(fc.string(), fc.constantFrom('\r\n', '\n', '\r', '\0', '\x85', '\u2028', '嗊', 'Ā'), fc.string())
    .map((parts) => parts.join('')),
);

holds(
  'a custom header that is taken is sent as it stands, begins no line of its own and takes the place of none of ours',
  2_000,
  fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 2 }), (pairs) => {
    const parsed = CustomHeaders.safeParse(Object.fromEntries(pairs));
    if (!parsed.success) return;
    const taken = Object.entries(parsed.data);
    const sent = new Headers(taken);
    for (const [key, text] of taken) {
      expect(OURS.toLowerCase().split(' ')).not.toContain(key);
      // A mask is no value: it stands for the one that is kept.
      if (text.startsWith('••••')) continue;
      expect(`${key}: ${text}`).toMatch(/^[\x21-\x7e]+: [\x20-\x7e]+$/);
      expect(sent.get(key)).toBe(text);
    }
    expect([...sent.keys()]).toHaveLength(taken.length);
  }),
);
