// Origins that only look like a site's own, and patterns that would let strangers in: refused by the Worker, in words.
// A program may send any Origin it likes; the rule is for browsers, which send none of these for a page of somebody else.
// What is sent with a good one is test/worker/collect.
import { reset } from 'cloudflare:test';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { admin, beacon, books, event, makeSite, post } from '../support/collector.workerd.ts';

const ORIGINS = [
  'https://shop.example.com',
  'https://*.example.org',
  'https://*.example.net:8443',
  'http://localhost:3000',
];
let siteId: string;

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  siteId = (await makeSite({}, ORIGINS)).siteId;
});
afterAll(async () => {
  vi.restoreAllMocks();
  await reset();
});

const from = async (origin: string) => (await post(beacon(siteId, [event()]), { origin })).status;

describe('a beacon', () => {
  test.each([
    'https://shop.example.com',
    'https://a.example.org',
    'https://a.b.example.org',
    'https://xn--bcher-kva.example.org',
    'https://a.example.net:8443',
    'http://localhost:3000',
  ])('of %s is taken', async (origin) => {
    expect(await from(origin)).toBe(202);
  });

  test.each([
    ['a suffix', 'https://shop.example.com.evil.example'],
    ['a prefix', 'https://evilshop.example.com'],
    ['another scheme', 'http://shop.example.com'],
    ['another port', 'https://shop.example.com:8443'],
    ['the port of the scheme, which no browser names', 'https://shop.example.com:443'],
    ['upper case, which no browser sends', 'https://SHOP.example.com'],
    ['a trailing dot', 'https://shop.example.com.'],
    ['a user before the host', 'https://shop.example.com@evil.example'],
    ['a path', 'https://shop.example.com/'],
    ['two origins', 'https://shop.example.com https://evil.example'],
    ['no origin at all, in words', 'null'],
    ['the star itself', '*'],
    ['an empty one', ''],
    ['the domain of a star', 'https://example.org'],
    ['a name that ends like it', 'https://evil-example.org'],
    ['a star with the wrong port', 'https://a.example.org:8443'],
    ['a star without its port', 'https://a.example.net'],
    ['another host before a path', 'https://evil.example/.example.org'],
    ['another host before a query', 'https://evil.example?.example.org'],
    ['another host before a fragment', 'https://evil.example#.example.org'],
    ['another host after a user', 'https://evil.example:x@a.example.org'],
    ['a backslash', 'https://evil.example\\.example.org'],
    ['an empty label', 'https://.example.org'],
    ['the pattern itself', 'https://*.example.org'],
    ['an IDN in its own letters', 'https://bücher.example.org'],
    ['a letter that only looks the same', 'https://shop.ex\u0430mple.com'],
  ])('of an origin with %s is refused: %s', async (_, origin) => {
    expect(await from(origin)).toBe(403);
  });

  test('that was refused left nothing behind', async () => {
    const before = (await books(siteId)).events;
    await from('https://evil.example');
    expect((await books(siteId)).events).toEqual(before);
  });
});

describe('an origin of a site', () => {
  test.each([
    ['https://shop.example.com/', 'https://shop.example.com'],
    ['HTTPS://Shop.Example.com:443', 'https://shop.example.com'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['https://*.Bücher.example:8443/', 'https://*.xn--bcher-kva.example:8443'],
  ])('given as %s is kept as browsers send it: %s', async (given, kept) => {
    const made = await makeSite({}, [given]);
    const { body } = await admin<{ origins: string[] }>('GET', `/v1/sites/${made.siteId}`);
    expect(body.origins).toEqual([kept]);
    const origin = kept.replace('*', 'a');
    expect((await post(beacon(made.siteId, [event()]), { origin })).status).toBe(202);
  });

  test.each([
    'https://*',
    'https://*example.com',
    'https://*.*.example.com',
    'https://shop.*.com',
    'https://shop*.example.com',
    'https://*.',
    'https://shop.example.com/path',
    'https://shop.example.com/?',
    'https://shop.example.com.',
    'https://%2A.example.com',
    'https://user@shop.example.com',
    'shop.example.com',
    'null',
    '',
    'file:///',
    'https://shop.example.com\r\nset-cookie: a=b',
  ])('may not be %j: it would let in strangers, or nobody', async (origin) => {
    const { status, body } = await admin<{ error: { issues: { path: string; message: string }[] } }>(
      'POST',
      '/v1/sites',
      { site_name: 'Stars', origins: [origin] },
    );
    expect(status).toBe(422);
    expect(body.error.issues).toEqual([{ path: 'origins.0', message: expect.stringContaining('must be an origin') }]);
  });
});
