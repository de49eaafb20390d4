import { expect, test, vi } from 'vitest';
import { Journal } from '../../worker/journal.ts';
import { shardOf } from '../../worker/shards.ts';
import {
  admin,
  beacon,
  books,
  event,
  guid,
  integrate,
  journal,
  lane,
  makeSite,
  outcomes,
  post,
  receiver,
  send,
  settled,
  stats,
} from '../support/collector.workerd.ts';
import { pass, rowsOf, textOf } from '../support/rows.workerd.ts';
import { NOON, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const SHARDS = [0, 1, 2, 3];
/** An id that lives in this of four shards. */
const idIn = (shard: number): string => {
  for (;;) {
    const id = guid();
    if (shardOf(id, 4) === shard) return id;
  }
};

test('books, dedupe, outcomes and stats add up over four shards', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ shards: 4 });
  const { id } = await integrate(siteId, { triggers: ['SiteViewed', 'SignUpSuccess', 'WebhookSuccess'] });
  const signUps = SHARDS.flatMap((shard) => [0, 1, 2].map(() => event({ user_session_id: idIn(shard) })));
  expect(await send(siteId, ...signUps)).toMatchObject({ accepted: 12, duplicate: 0 });
  expect(await send(siteId, ...signUps)).toMatchObject({ accepted: 0, duplicate: 12 });
  await settled(siteId);
  await vi.waitFor(async () => expect((await books(siteId)).events.WebhookSuccess).toBe(12));
  const now = await settled(siteId);
  expect(now).toMatchObject({ balanced: true, events: { SignUpSuccess: 12, duplicate: 12, refused: 0 } });
  expect(now.integrations[0]?.triggers).toEqual(
    expect.arrayContaining([expect.objectContaining({ event: 'SignUpSuccess', matching: 12, succeeded: 12 })]),
  );
  expect(new Set(outside.received.map(({ body }) => body.id)).size).toBe(24);
  for (const shard of SHARDS) {
    expect(
      await rowsOf(journal(siteId, shard), "SELECT * FROM segments WHERE events LIKE '%SignUpSuccess%'"),
    ).not.toEqual([]);
    await pass(lane(id, shard), 3_000);
    await pass(journal(siteId, shard), 3_000);
  }
  const { data } = await outcomes(siteId);
  expect(new Set(data.map(({ delivery }) => delivery.event_id))).toEqual(new Set(signUps.map((it) => it.id)));
  expect(data).toHaveLength(12);
  expect((await stats(siteId)).totals).toMatchObject({
    SignUpSuccess: 12,
    WebhookSuccess: 12,
    WebhookError: 0,
    pending: 0,
  });
});

test('a session that turns out to be a profile of another shard brings its attributes along, once', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ shards: 4 });
  await integrate(siteId);
  const [session, later, profile] = [idIn(1), idIn(2), idIn(3)];
  const sent = async (more: object) => {
    await send(siteId, event(more));
    await settled(siteId);
    return outside.received.at(-1)?.body;
  };
  await sent({ user_session_id: session, attributes: { plan: 'gold', page_url: 'https://shop.example.com/a' } });
  const identified = await sent({ user_session_id: session, user_profile_id: profile, attributes: { seats: '3' } });
  expect(identified).toMatchObject({ plan: 'gold', seats: '3' });
  expect(identified?.page_url).toBeUndefined();
  expect(await sent({ user_session_id: later, user_profile_id: profile, attributes: { seats: null } })).toMatchObject({
    plan: 'gold',
  });
  expect(outside.received.at(-1)?.body.seats).toBeUndefined();
  await sent({ user_session_id: session, user_profile_id: profile, attributes: { plan: null } });
  expect((await sent({ user_session_id: session, user_profile_id: profile }))?.plan).toBeUndefined();
  // They have gone over: the session alone, signed out, knows nothing any more.
  expect((await sent({ user_session_id: session }))?.plan).toBeUndefined();
  expect(await textOf(journal(siteId, 1))).not.toContain('"attributes":"{\\"plan');
});

test('a beacon is refused, to come again, while the shard that knows the session cannot be asked', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ shards: 4 });
  await integrate(siteId);
  const [session, profile] = [idIn(1), idIn(3)];
  await send(siteId, event({ user_session_id: session, attributes: { plan: 'gold' } }));
  vi.spyOn(Journal.prototype, 'known').mockRejectedValueOnce(new Error('away'));
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const signUp = event({ user_session_id: session, user_profile_id: profile });
  expect((await post(beacon(siteId, [signUp]))).status).toBe(503);
  expect(await send(siteId, signUp)).toMatchObject({ accepted: 1 });
  await settled(siteId);
  expect(outside.received.at(-1)?.body).toMatchObject({ plan: 'gold' });
});

test('one shard becomes four between two beacons: nothing is lost, and profiles take their attributes along', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [profile, session] = [idIn(2), idIn(1)];
  await send(siteId, event({ user_session_id: guid(), user_profile_id: profile, attributes: { plan: 'gold' } }));
  await send(siteId, event({ user_session_id: session, attributes: { source: 'mail' } }));
  await send(siteId, ...SHARDS.map((shard) => event({ user_session_id: idIn(shard) })));
  await settled(siteId);
  // KV takes one write a second a key: the change is published at once when the one before is older.
  vi.setSystemTime(NOON + 60_000);
  expect((await admin('PATCH', `/v1/sites/${siteId}`, { settings: { shards: 4 } })).status).toBe(200);
  const sent = async (more: object) => {
    await send(siteId, event(more));
    await settled(siteId);
    return outside.received.at(-1)?.body;
  };
  expect(await sent({ user_session_id: session })).toMatchObject({ source: 'mail' });
  expect(await sent({ user_session_id: guid(), user_profile_id: profile, attributes: { seats: '3' } })).toMatchObject({
    plan: 'gold',
    seats: '3',
  });
  expect(await sent({ user_session_id: session, user_profile_id: profile })).toMatchObject({
    plan: 'gold',
    source: 'mail',
  });
  await send(siteId, ...SHARDS.map((shard) => event({ user_session_id: idIn(shard) })));
  const now = await settled(siteId);
  expect(now).toMatchObject({ balanced: true, mismatches: [], events: { SignUpSuccess: 13 } });
  expect(now.integrations[0]?.triggers[0]).toMatchObject({ matching: 13, succeeded: 13 });
  expect(outside.received).toHaveLength(13);
  expect(await rowsOf(lane(id, 2), 'SELECT seq FROM log')).not.toEqual([]);
  const { body } = await admin<{ earlier_shards: unknown[] }>('GET', `/v1/sites/${siteId}`);
  expect(body.earlier_shards).toEqual([{ shards: 1, until: expect.stringMatching(/^2126-/) }]);
});
