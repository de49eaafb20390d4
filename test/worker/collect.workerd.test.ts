import { listDurableObjectIds } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { SITE_MEMO_MS } from '../../worker/limits.ts';
import {
  admin,
  beacon,
  books,
  event,
  guid,
  integrate,
  makeSite,
  ORIGIN,
  post,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

type Refused = { error: { code: string; message: string } };
const code = async (response: Response) => [response.status, ((await response.json()) as Refused).error.code];

describe('a beacon that is refused whole', () => {
  test('each reason has its status and code, and the page can read it', async () => {
    const { siteId } = await makeSite();
    const good = beacon(siteId, [event()]);
    const cases: [unknown, Record<string, string>, unknown[]][] = [
      ['{"site_id":', {}, [400, 'invalid_json']],
      [new Uint8Array([0x7b, 0xff, 0x7d]), {}, [400, 'invalid_json']],
      [[], {}, [400, 'invalid_beacon']],
      [{ ...good, site_id: 'mine' }, {}, [400, 'invalid_beacon']],
      [{ ...good, sent_at: 'today' }, {}, [400, 'invalid_beacon']],
      [{ ...good, events: [] }, {}, [400, 'invalid_beacon']],
      [{ ...good, events: Array.from({ length: 51 }, () => event()) }, {}, [400, 'invalid_beacon']],
      [good, { origin: 'https://evil.example' }, [403, 'origin_not_allowed']],
      [good, { origin: 'https://shop.example.com.evil.example' }, [403, 'origin_not_allowed']],
      [good, { origin: 'null' }, [403, 'origin_not_allowed']],
      [beacon(guid(), [event()]), {}, [404, 'unknown_site']],
      [JSON.stringify(good).padEnd(65_537), {}, [413, 'too_large']],
      [good, { 'content-type': 'application/x-www-form-urlencoded' }, [415, 'unsupported_media_type']],
      [good, { 'content-type': 'text/plainish' }, [415, 'unsupported_media_type']],
    ];
    for (const [body, headers, expected] of cases) {
      const response = await post(body, headers);
      expect(response.headers.get('access-control-allow-origin')).toBe(headers.origin ?? ORIGIN);
      expect(await code(response), JSON.stringify(body).slice(0, 80)).toEqual(expected);
    }
    expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 0, duplicate: 0, refused: 0 });
  });

  test('a body of exactly 64 KiB is taken', async () => {
    const { siteId } = await makeSite();
    expect((await post(JSON.stringify(beacon(siteId, [event()])).padEnd(65_536))).status).toBe(202);
  });

  test('nothing is written for strangers', async () => {
    await makeSite();
    const before = (await listDurableObjectIds(env.JOURNAL)).length;
    const unknown = guid();
    await post(beacon(unknown, [event()]));
    await post(beacon(unknown, [event()]), { origin: 'https://evil.example' });
    expect(await listDurableObjectIds(env.JOURNAL)).toHaveLength(before);
    expect((await env.HUB_KV.list({ prefix: `site:${unknown}` })).keys).toEqual([]);
  });

  test('when a journal does not answer, 503 says when to come again', async () => {
    const { siteId } = await makeSite();
    vi.spyOn(env.JOURNAL, 'getByName').mockImplementation(() => {
      throw new Error('overloaded');
    });
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const response = await post(beacon(siteId, [event()]));
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await code(response)).toEqual([503, 'unavailable']);
  });

  test('a flood from one address is told to wait, and others are not', async () => {
    const { siteId } = await makeSite();
    const from = (address: string) => post(beacon(siteId, [event()]), { 'cf-connecting-ip': address });
    // A hundred are taken in a window; the flood may begin at the end of one.
    let refused = await from('192.0.2.1');
    for (let i = 0; i < 201 && refused.status !== 429; i++) refused = await from('192.0.2.1');
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await code(refused)).toEqual([429, 'rate_limited']);
    expect((await from('192.0.2.2')).status).toBe(202);
  });
});

test('a site that was known is served on while its caller asks for made-up ones', async () => {
  const { siteId } = await makeSite();
  const from = { 'cf-connecting-ip': '192.0.2.3' };
  expect((await post(beacon(siteId, [event()]), from)).status).toBe(202);
  let flooded = 404;
  for (let i = 0; i < 201 && flooded !== 429; i++) flooded = (await post(beacon(guid(), [event()]), from)).status;
  expect(flooded).toBe(429);
  vi.useFakeTimers({ now: Date.now() + SITE_MEMO_MS, toFake: ['Date'] });
  expect((await post(beacon(siteId, [event()]), from)).status).toBe(202);
  vi.useRealTimers();
});

describe('an event that is refused alone', () => {
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
  const cases: [string, unknown, string][] = [
    ['an unknown name', { ...event(), event: 'WebhookSuccess' }, 'unknown_event'],
    ['no fields on a sign-up', { ...event(), fields: undefined }, 'missing_fields'],
    ['65 attributes', { ...event(), attributes: many(65) }, 'too_many_attributes'],
    ['65 fields', { ...event(), fields: many(65) }, 'too_many_fields'],
    ['a __proto__ key', JSON.parse(JSON.stringify(event()).replace('"email"', '"__proto__"')), 'forbidden_key'],
    ['a key of 65 characters', { ...event(), fields: { ['k'.repeat(65)]: 'v' } }, 'invalid_event'],
    ['an empty key', { ...event(), fields: { '': 'v' } }, 'invalid_event'],
    ['a value that is an object', { ...event(), fields: { email: { a: 1 } } }, 'invalid_event'],
    ['an id that is no GUID', { ...event(), id: '1' }, 'invalid_event'],
    ['a time that is none', { ...event(), timestamp: 'yesterday' }, 'invalid_event'],
    ['fields that are null', { ...event(), fields: null }, 'invalid_event'],
    ['attributes that are a list', { ...event(), attributes: ['v'] }, 'invalid_event'],
    ['not even an object', 7, 'invalid_event'],
  ];
  test.each(cases)('%s: it is named in the answer, and its neighbours are kept', async (_, bad, reason) => {
    const { siteId } = await makeSite();
    const answer = await send(siteId, event(), bad, event());
    expect(answer).toMatchObject({ accepted: 2, duplicate: 0, rejected: [{ reason }] });
    expect(answer.rejected).toHaveLength(1);
    expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 2, refused: 1 });
  });

  test('a known bot raises no SiteViewed, and the books say so', async () => {
    const { siteId } = await makeSite();
    const view = event({ event: 'SiteViewed', fields: undefined });
    const response = await post(beacon(siteId, [view, event()]), {
      'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)',
    });
    expect(await response.json()).toEqual({ accepted: 1, duplicate: 0, rejected: [{ id: view.id, reason: 'bot' }] });
    expect((await books(siteId)).events).toMatchObject({ SiteViewed: 0, SignUpSuccess: 1, refused: 1 });
  });

  test('is counted as refused also where nothing of its beacon is left', async () => {
    const { siteId } = await makeSite();
    expect(await send(siteId, { ...event(), id: '1' })).toMatchObject({ accepted: 0 });
    expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 0, refused: 1 });
  });

  test('where a site demands proof, a profile id without the right one is refused', async () => {
    const { siteId, proofSecret } = await makeSite({ require_proof: true });
    const profile = guid();
    const proof = createHmac('sha256', proofSecret).update(profile).digest('hex');
    const bad = [undefined, null, 'abc', proof.replace(/^../, 'zz'), `${proof}00`];
    const answer = await send(
      siteId,
      event({ user_profile_id: profile, proof }),
      ...bad.map((it) => event({ user_profile_id: profile, proof: it })),
    );
    expect(answer.accepted).toBe(1);
    expect(answer.rejected).toEqual(bad.map(() => expect.objectContaining({ reason: 'invalid_proof' })));
  });
});

describe('an event that is accepted', () => {
  test('a proof of null, as a page hands on what its server does not make, is none', async () => {
    const { siteId } = await makeSite();
    expect(await send(siteId, event({ user_profile_id: guid(), proof: null }))).toMatchObject({ accepted: 1 });
  });

  test('the same id counts once, within a beacon, across beacons, and in any spelling', async () => {
    const { siteId } = await makeSite();
    const outside = receiver();
    await integrate(siteId);
    const one = event();
    expect(await send(siteId, one, one)).toMatchObject({ accepted: 1, duplicate: 1 });
    expect(await send(siteId, { ...one, id: one.id.toUpperCase() }, event())).toMatchObject({
      accepted: 1,
      duplicate: 1,
    });
    expect((await settled(siteId)).events).toMatchObject({ SignUpSuccess: 2, duplicate: 2 });
    expect(outside.received).toHaveLength(2);
  });

  test('concurrent beacons with the same events are counted once', async () => {
    const { siteId } = await makeSite();
    const events = Array.from({ length: 10 }, () => event());
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(siteId, ...events)));
    expect(answers.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(10);
    expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 10, duplicate: 190 });
  });

  test('its time is corrected by the sender’s clock and never lies in the future', async () => {
    const { siteId } = await makeSite();
    const outside = receiver();
    await integrate(siteId);
    const slow = {
      site_id: siteId,
      sent_at: '2001-01-01T00:01:00.000Z',
      events: [event({ timestamp: '2001-01-01T00:00:00.000Z' })],
    };
    const before = Date.now();
    await post(slow);
    await post(beacon(siteId, [event({ timestamp: '2999-01-01T00:00:00.000Z' })]));
    // Corrected as it stands, this would be the year -5947, which few receivers can read.
    const absurd = { sent_at: '9999-12-31T23:59:59Z', events: [event({ timestamp: '2026-01-01T00:00:00Z' })] };
    await post({ site_id: siteId, ...absurd });
    await settled(siteId);
    expect(outside.received.pop()?.body.timestamp).toBe('1970-01-01T00:00:00.000Z');
    const times = outside.received.map(({ body }) => Date.parse(body.timestamp as string) - before);
    expect(times[0]).toBeGreaterThanOrEqual(-60_000);
    expect(times[0]).toBeLessThan(-55_000);
    expect(times[1]).toBeGreaterThanOrEqual(0);
    expect(times[1]).toBeLessThan(5_000);
  });

  test('a view has no fields, whatever a page sends with it', async () => {
    const outside = receiver();
    const { siteId } = await makeSite();
    await integrate(siteId, { triggers: ['SiteViewed'] });
    await send(siteId, event({ event: 'SiteViewed', fields: { email: 'joe@bloggs.com' } }));
    await settled(siteId);
    expect(outside.received[0]?.text).not.toContain('joe@bloggs.com');
  });

  test('a long value is cut without breaking a character, half characters are replaced, reserved names renamed', async () => {
    const { siteId } = await makeSite();
    const outside = receiver();
    await integrate(siteId);
    const fields = {
      long: `${'x'.repeat(4_095)}😀`,
      half: 'a\ud800b',
      id: 'mine',
      field_id: 'taken',
      optin: true,
      age: 42,
    };
    await send(siteId, event({ attributes: { event: 'webinar' }, fields }));
    await settled(siteId);
    expect(outside.received[0]?.body).toMatchObject({
      long: 'x'.repeat(4_095),
      half: 'a\ufffdb',
      field_field_id: 'mine',
      field_id: 'taken',
      attribute_event: 'webinar',
      optin: 'true',
      age: '42',
      event: 'SignUpSuccess',
    });
  });
});

describe('who may send', () => {
  test('subdomains where the site says so, anyone where it says *, no origin only then', async () => {
    const wild = await makeSite({}, ['https://*.example.com']);
    const open = await makeSite({}, ['*']);
    const from = async (siteId: string, origin: string) => (await post(beacon(siteId, [event()]), { origin })).status;
    expect(await from(wild.siteId, 'https://a.b.example.com')).toBe(202);
    expect(await from(wild.siteId, 'https://example.com')).toBe(403);
    expect(await from(wild.siteId, 'https://evilexample.com')).toBe(403);
    expect(await from(wild.siteId, 'http://a.example.com')).toBe(403);
    expect(await from(open.siteId, 'https://anyone.example')).toBe(202);
  });

  test('a preflight is answered, and GET is not taken', async () => {
    const { exports } = await import('cloudflare:workers');
    const preflight = await exports.default.fetch('https://hub.test/v1/events', {
      method: 'OPTIONS',
      headers: { origin: ORIGIN },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
    expect((await exports.default.fetch('https://hub.test/v1/events')).status).toBe(405);
  });

  test('a site works the moment it was made, even where it was asked for before', async () => {
    const siteId = guid();
    expect((await post(beacon(siteId, [event()]))).status).toBe(404);
    await admin('POST', '/v1/sites', { site_id: siteId, site_name: 'New', origins: [ORIGIN] });
    expect((await post(beacon(siteId, [event()]))).status).toBe(202);
  });

  test('a change holds at once where it was made, also the second within the second in which KV takes one', async () => {
    const { siteId } = await makeSite();
    for (const origins of [['https://one.example'], ['https://two.example']]) {
      expect((await admin('PATCH', `/v1/sites/${siteId}`, { origins })).status).toBe(200);
      expect((await post(beacon(siteId, [event()]), { origin: origins[0] as string })).status).toBe(202);
      expect((await post(beacon(siteId, [event()]))).status).toBe(403);
    }
  });
});
