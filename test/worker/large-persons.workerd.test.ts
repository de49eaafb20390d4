// Each event carries all that is known of its person, so that small beacons make large deliveries. However many come at
// once: rows, messages and what a lane holds in memory are bounded by characters, and nothing is lost by it.
import { runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import type { DeliverySummary } from '../../worker/delivery.ts';
import { Journal } from '../../worker/journal.ts';
import { Lane } from '../../worker/lane.ts';
import { endedWithin } from '../../worker/lane-log.ts';
import { LaneTables } from '../../worker/lane-tables.ts';
import { LANE_QUEUE_CHARS_MAX, READ_CHARS_MAX } from '../../worker/limits.ts';
import {
  admin,
  event,
  guid,
  integrate,
  lane,
  makeSite,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { rowsOf } from '../support/rows.workerd.ts';
import { passTime, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const charsOf = (value: unknown) => JSON.stringify(value).length;

/** A profile with as much as is kept of one, captured from several beacons. */
async function largePerson(siteId: string, character: string) {
  const user_profile_id = guid();
  const perBeacon = Math.floor(60_000 / charsOf(character.repeat(4_096)));
  for (let i = 0; i < 64; i += perBeacon) {
    const keys = Array.from({ length: Math.min(perBeacon, 64 - i) }, (_, k) => `a${i + k}`);
    const attributes = Object.fromEntries(keys.map((key) => [key, character.repeat(4_096)]));
    await send(siteId, event({ event: 'SiteViewed', user_profile_id, attributes }));
  }
  return { user_profile_id };
}

test('a person of control characters and twenty-one refusals of them fit a row', async () => {
  const outside = receiver(() => new Response('\u0001'.repeat(4_096), { status: 500 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: Array(20).fill(1) });
  await send(siteId, event(await largePerson(siteId, '\u0001')));
  const largest = async (column: string, table: string) => {
    const rows = await rowsOf<{ bytes: number }>(lane(id), `SELECT octet_length(${column}) AS bytes FROM ${table}`);
    return Math.max(0, ...rows.map(({ bytes }) => bytes));
  };
  let waiting = 0;
  await passTime(lane(id), async () => {
    waiting = Math.max(waiting, await largest('job', 'retries'));
    return outside.received.length === 21;
  });
  const now = await settled(siteId);
  expect(now.integrations[0]?.triggers).toMatchObject([{ matching: 1, failed: 1 }]);
  expect(waiting).toBeGreaterThan(500_000);
  expect(waiting).toBeLessThan(2_000_000);
  expect(await largest('settled', 'log')).toBeLessThan(2_000_000);
  expect(Object.keys(outside.received[0]?.body ?? {}).length).toBeGreaterThan(8);
});

test('two hundred events of a large person at once are delivered, though no lane takes them at once', async () => {
  const offered = vi.spyOn(Lane.prototype, 'offer');
  const held = Promise.withResolvers<void>();
  const outside = receiver(async () => {
    await held.promise;
    return new Response('');
  });
  const { siteId } = await makeSite();
  await integrate(siteId);
  const person = await largePerson(siteId, 'x');
  const events = () => Array.from({ length: 50 }, () => event(person));
  await Promise.all([1, 2, 3, 4].map(() => send(siteId, ...events())));
  const { data } = (await admin<{ data: DeliverySummary[] }>('GET', `/v1/sites/${siteId}/deliveries?limit=200`)).body;
  expect(data).toHaveLength(200);
  held.resolve();
  expect((await settled(siteId)).integrations[0]?.triggers).toMatchObject([{ matching: 200, succeeded: 200 }]);
  expect(new Set(outside.received.map(({ body }) => body.id)).size).toBe(200);
  expect(charsOf(outside.received[0]?.body)).toBeGreaterThan(200_000);
  for (const [, entries] of offered.mock.calls) expect(charsOf(entries)).toBeLessThan(2 * LANE_QUEUE_CHARS_MAX);
});

test('retries, sending again and raising take what is large in parts', async () => {
  const outside = receiver(() => new Response('', { status: 500 }));
  const raised = vi.spyOn(Journal.prototype, 'raise');
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [30] });
  await integrate(siteId, { name: 'Watch', triggers: ['WebhookError'], url: 'https://receiver.example.com/watch' });
  const person = await largePerson(siteId, 'x');
  await send(siteId, ...Array.from({ length: 20 }, () => event(person)));
  await vi.waitFor(() => expect(outside.received).toHaveLength(20));
  const inLane = <T>(ask: (log: LaneTables) => T) =>
    runInDurableObject(lane(id) as unknown as DurableObjectStub, (_, { storage }) => ask(new LaneTables(storage)));
  await vi.waitFor(async () => expect(await rowsOf(lane(id), 'SELECT n FROM retries')).toHaveLength(20));
  const due = await inLane((log) => log.due(Number.MAX_SAFE_INTEGER, 100));
  expect(due.length).toBeGreaterThan(0);
  expect(charsOf(due.slice(1))).toBeLessThan(READ_CHARS_MAX);
  await passTime(lane(id), async () => (await rowsOf(lane(id), 'SELECT n FROM retries')).length === 0);
  const part = await inLane((log) => endedWithin(log, { status: 'failed', dry_run: false }, 0));
  expect(part.next).not.toBeNull();
  expect(part.ended.length).toBeLessThan(20);
  for (const [events] of raised.mock.calls) expect(charsOf(events)).toBeLessThan(2 * READ_CHARS_MAX);
  const { count } = (
    await admin<{ count: number }>('POST', `/v1/sites/${siteId}/integrations/${id}/replay`, { status: 'failed' })
  ).body;
  expect(count).toBe(20);
});
