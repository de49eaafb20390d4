import { reset } from 'cloudflare:test';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { integrate, makeSite, post, receiver, settled } from '../support/collector.workerd.ts';
import { bodies, headers } from './beacons.ts';
import { holds } from './holds.ts';

const siteId = crypto.randomUUID();
let outside: ReturnType<typeof receiver>;
const sum = { accepted: 0, duplicate: 0, rejected: 0 };

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  outside = receiver();
  await makeSite({}, undefined, siteId);
  await integrate(siteId, { triggers: ['SiteViewed', 'SignUpSuccess'] });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await reset();
});

const once = { event: 'SignUpSuccess', timestamp: new Date().toISOString(), fields: { email: 'ada@example.com' } };
const known = { ...once, id: crypto.randomUUID(), user_session_id: crypto.randomUUID() };
/** One accepted, one known and one refused: the books of a run that chance gave none of these would show nothing. */
const ofEachKind = JSON.stringify({
  site_id: siteId,
  sent_at: once.timestamp,
  events: [known, known, { ...known, id: 7 }],
});
const plainly = {
  'cf-connecting-ip': '192.0.2.1',
  'content-type': 'text/plain',
  origin: 'https://shop.example.com',
  'user-agent': 'Mozilla/5.0',
  'content-encoding': 'identity',
};

type Answer = { accepted: number; duplicate: number; rejected: { id: string | null; reason: string }[] };

holds(
  'no beacon makes the collector answer 5xx, and every event of a beacon is accepted, known or refused by name',
  150,
  fc.asyncProperty(bodies(siteId), headers, async (body, sent) => {
    const response = await post(body, sent);
    expect(response.headers.get('access-control-allow-origin')).not.toBeNull();
    const answer = (await response.json()) as Answer & { error: { code: string; message: string } };
    if (response.status !== 202) {
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(answer.error).toMatchObject({ code: expect.stringMatching(/^\w+$/), message: expect.any(String) });
      return;
    }
    const { events } = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body));
    expect(answer.accepted + answer.duplicate + answer.rejected.length).toBe(events.length);
    for (const { reason } of answer.rejected) expect(reason).toMatch(/^[a-z_]+$/);
    sum.accepted += answer.accepted;
    sum.duplicate += answer.duplicate;
    sum.rejected += answer.rejected.length;
  }),
  [[ofEachKind, plainly]],
);

test('what was accepted is in the books and at the receiver, once, and nothing else is', async () => {
  const { events, integrations } = await settled(siteId);
  expect(sum.accepted).toBeGreaterThan(50);
  expect(sum.duplicate * sum.rejected).toBeGreaterThan(0);
  expect(events).toMatchObject({ duplicate: sum.duplicate, refused: sum.rejected });
  expect(events.SiteViewed + events.SignUpSuccess).toBe(sum.accepted);
  expect(integrations[0]?.triggers.reduce((total, { succeeded }) => total + succeeded, 0)).toBe(sum.accepted);
  expect(new Set(outside.received.map(({ body }) => body.id)).size).toBe(sum.accepted);
  expect(outside.received).toHaveLength(sum.accepted);
});

test('whatever was sent, a webhook bears strings alone and a time that every receiver can read', () => {
  for (const { body } of outside.received) {
    expect(Object.values(body).filter((value) => typeof value !== 'string')).toEqual([]);
    expect(body.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});
