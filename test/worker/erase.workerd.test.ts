import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { Journal } from '../../worker/journal.ts';
import { Lane } from '../../worker/lane.ts';
import { shardOf } from '../../worker/shards.ts';
import {
  admin,
  books,
  event,
  guid,
  integrate,
  journal,
  lane,
  makeSite,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { pass, rowsOf, textOf } from '../support/rows.workerd.ts';
import { standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

type Erased = { events: number; deliveries: number; attributes: number; complete: boolean };
const erase = async (path: string) => {
  const { status, body } = await admin<Erased>('DELETE', path);
  expect(status).toBe(200);
  return body;
};
const ANN = { profile: 'bbbbbbbb-0000-4000-8000-00000000000a', session: 'aaaaaaaa-0000-4000-8000-00000000000b' };
const TRACES = ['ann@example.com', 'Ann-only', ANN.profile, ANN.session, 'heard-from-ann'];

/** Of a person who came, was identified, and signed up; and of another one. */
const story = () => [
  event({ event: 'SiteViewed', fields: undefined, user_session_id: ANN.session, attributes: { plan: 'Ann-only' } }),
  event({
    user_session_id: ANN.session,
    user_profile_id: ANN.profile,
    attributes: { city: 'Ann-only-city' },
    fields: { email: 'ann@example.com' },
  }),
  event({ user_session_id: guid(), fields: { email: 'bob@example.com' }, attributes: { city: 'Bobtown' } }),
];

async function kvText(siteId: string): Promise<string> {
  const { keys } = await env.HUB_KV.list({ prefix: `outcome:${siteId}` });
  return (await Promise.all(keys.map(({ name }) => env.HUB_KV.get(name)))).join('\n');
}

async function everything(siteId: string, ids: string[], shards = 1): Promise<string> {
  const parts = Array.from({ length: shards }, (_, shard) => [
    textOf(journal(siteId, shard)),
    ...ids.map((id) => textOf(lane(id, shard))),
  ]).flat();
  return `${(await Promise.all(parts)).join('\n')}\n${await kvText(siteId)}`;
}
const tracesIn = (text: string) => TRACES.filter((trace) => text.includes(trace));

test.each([1, 4])(
  'a profile over %i shards: gone from journals, people, lanes, retries and KV; the figures stay',
  async (shards) => {
    const { siteId } = await makeSite({ shards });
    const outside = receiver(({ url, body }) => {
      const words = body.user_session_id === ANN.session ? `heard-from-ann ${body.email}` : 'ok';
      return new Response(words, { status: url.endsWith('/down') ? 500 : 200, headers: { 'x-who': words } });
    });
    const triggers = ['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError'];
    const up = await integrate(siteId, { triggers });
    const down = await integrate(siteId, { url: 'https://receiver.example.com/down' });
    const [view, signUp, bobs] = story();
    await send(siteId, view);
    await send(siteId, signUp, bobs);
    const before = await settled(siteId, 2);
    await vi.waitFor(async () => expect((await books(siteId)).events.WebhookSuccess).toBe(3));
    await settled(siteId, 2);
    for (let shard = 0; shard < shards; shard++) await pass(lane(up.id, shard), 3_000);
    expect(tracesIn(await everything(siteId, [up.id, down.id], shards))).toEqual(TRACES);
    expect(before.balanced).toBe(true);

    const sent = outside.received.filter(({ body }) => body.user_session_id === ANN.session).length;
    const erased = await erase(`/v1/sites/${siteId}/people/${ANN.profile.toUpperCase()}`);
    // Two page events and their two outcomes; each delivered to `up`, the sign-up also waiting at `down`.
    expect(erased).toMatchObject({ events: 4, deliveries: 5, complete: true });
    const after = await settled(siteId, 1);
    expect(after.events).toMatchObject({ SiteViewed: 1, SignUpSuccess: 2, WebhookSuccess: 3 });
    const waiting = after.integrations[1]?.triggers.find(({ event }) => event === 'SignUpSuccess');
    expect(waiting).toMatchObject({ matching: 2, pending: 1, skipped: 1, failed: 0 });
    for (let shard = 0; shard < shards; shard++) await pass(lane(up.id, shard), 3_000);
    const text = await everything(siteId, [up.id, down.id], shards);
    expect(tracesIn(text)).toEqual([]);
    expect(text).toContain('bob@example.com');
    expect(text).toContain('Bobtown');

    const again = await send(siteId, signUp);
    expect(again).toMatchObject({ accepted: 0, duplicate: 1 });
    expect(await erase(`/v1/sites/${siteId}/people/${ANN.profile}`)).toEqual({
      events: 0,
      deliveries: 0,
      attributes: 0,
      complete: true,
    });
    expect(outside.received.filter(({ body }) => body.user_session_id === ANN.session)).toHaveLength(sent);
    expect((await settled(siteId, 1)).balanced).toBe(true);
  },
);

test('a row loses its content and keeps its size, so that SQLite writes over it and leaves no copy in a free page', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [, signUp] = story();
  await send(siteId, { ...signUp, fields: { email: 'ann@example.com', name: 'Ännchen' } });
  await settled(siteId);
  const sizes = async () => [
    await rowsOf(journal(siteId), 'SELECT octet_length(events) FROM segments'),
    await rowsOf(lane(id), 'SELECT octet_length(settled) FROM log'),
  ];
  const before = await sizes();
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  expect(await sizes()).toEqual(before);
});

test('a skipped delivery says why, the log shows no content, and it cannot be sent again', async () => {
  receiver(() => new Response('', { status: 503 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [, signUp] = story();
  await send(siteId, signUp);
  await settled(siteId, 1);
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  await settled(siteId);
  const path = `/v1/sites/${siteId}/deliveries/${signUp?.id}/${id}`;
  const { body } = await admin<{ status: string; last_error: string; body: string }>('GET', path);
  expect(body).toMatchObject({ status: 'skipped', last_error: 'erased' });
  expect(tracesIn(JSON.stringify(body))).toEqual([]);
  expect((await admin('POST', `${path}/replay`)).status).toBe(422);
});

test('a session alone: all in it goes, another session of the same profile stays', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const other = guid();
  await send(
    siteId,
    event({ user_session_id: ANN.session, user_profile_id: ANN.profile, fields: { email: 'ann@example.com' } }),
    event({ user_session_id: other, user_profile_id: ANN.profile, fields: { email: 'later@example.com' } }),
  );
  await settled(siteId);
  expect(await erase(`/v1/sites/${siteId}/sessions/${ANN.session}`)).toMatchObject({ events: 1, deliveries: 1 });
  const text = await everything(siteId, [id]);
  expect(text).not.toContain('ann@example.com');
  expect(text).not.toContain(ANN.session);
  expect(text).toContain('later@example.com');
  expect((await books(siteId)).balanced).toBe(true);
});

test('a request that is under way when its person is erased ends without content, and is not tried again', async () => {
  const held = Promise.withResolvers<Response>();
  const outside = receiver(() => held.promise);
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [, signUp] = story();
  await send(siteId, signUp);
  await vi.waitFor(() => expect(outside.received).toHaveLength(1));
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  held.resolve(new Response('heard-from-ann', { status: 500 }));
  const after = await settled(siteId);
  expect(after.integrations[0]?.triggers[0]).toMatchObject({ matching: 1, skipped: 1, pending: 0 });
  expect(tracesIn(await everything(siteId, [id]))).toEqual([]);
});

test('an outcome that is on its way to the journal while its person is erased is found there, and erased', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await integrate(siteId, { triggers: ['WebhookSuccess'], url: 'https://receiver.example.com/watch' });
  const [, signUp] = story();
  const onItsWay = Promise.withResolvers<void>();
  const { raise } = Journal.prototype;
  const raised = vi.spyOn(Journal.prototype, 'raise').mockImplementationOnce(async function (this: Journal, events) {
    await onItsWay.promise;
    await raise.call(this, events);
  });
  await send(siteId, signUp);
  await vi.waitFor(() => expect(raised).toHaveBeenCalled());
  const lanes = vi.spyOn(Lane.prototype, 'erase');
  const erased = erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  await vi.waitFor(() => expect(lanes).toHaveBeenCalled());
  // By the time that all objects have answered once more, an erasure which does not wait for it is over.
  await books(siteId);
  onItsWay.resolve();
  expect(await erased).toMatchObject({ events: 2, complete: true });
  await settled(siteId);
  expect(tracesIn(await everything(siteId, [id]))).toEqual([]);
});

test('an erasure that comes while the outcomes of its second are read leaves nothing of them in KV', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, story()[1]);
  await settled(siteId);
  const between = vi.spyOn(scheduler, 'wait').mockImplementationOnce(async () => {
    await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  });
  await pass(lane(id), 1_000);
  expect(between).toHaveBeenCalled();
  await pass(lane(id), 5_000);
  expect(await kvText(siteId)).toContain('WebhookSuccess');
  expect(tracesIn(await everything(siteId, [id]))).toEqual([]);
});

test('of a session that two have used, only the one who asks for it is erased', async () => {
  receiver();
  const { siteId } = await makeSite();
  const bob = guid();
  const [view, signUp] = story();
  const bobs = event({ user_session_id: ANN.session, user_profile_id: bob, fields: { email: 'bob@example.com' } });
  await send(siteId, view, signUp, bobs);
  expect(await erase(`/v1/sites/${siteId}/people/${ANN.profile}`)).toMatchObject({ events: 2 });
  const left = await textOf(journal(siteId));
  expect(left).toContain('bob@example.com');
  expect(left).not.toContain('ann@example.com');
});

test('after the last event was erased a test send invents one, as before the first', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const sample = async () => {
    await admin('POST', `/v1/sites/${siteId}/integrations/${id}/test`);
    const { id: _, timestamp: __, ...body } = outside.received.at(-1)?.body ?? {};
    return body;
  };
  const before = await sample();
  const [, signUp] = story();
  await send(siteId, signUp);
  await settled(siteId);
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  expect(await sample()).toEqual(before);
});

test('two who are erased shortly after one another, of one second, are both gone from KV', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const people = [guid(), guid()];
  await send(siteId, ...people.map((profile) => event({ user_profile_id: profile, user_session_id: guid() })));
  await settled(siteId);
  await pass(lane(id), 3_000);
  for (const profile of people) expect(await kvText(siteId)).toContain(profile);
  // The second comes while the first is being written to KV.
  const put = env.HUB_KV.put.bind(env.HUB_KV);
  let second: Promise<unknown> | undefined;
  vi.spyOn(env.HUB_KV, 'put').mockImplementation(async (key: string, value, options) => {
    if (!key.startsWith('outcome:') || second) return put(key, String(value), options);
    second = erase(`/v1/sites/${siteId}/people/${people[1]}`);
    await second;
    return put(key, String(value), options);
  });
  await erase(`/v1/sites/${siteId}/people/${people[0]}`);
  await pass(lane(id), 10_000);
  expect(second).toBeDefined();
  for (const profile of people) expect(await kvText(siteId)).not.toContain(profile);
});

test('a person of tens of thousands of seconds of outcomes is erased, and every one of them is seen to', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event({ user_profile_id: ANN.profile, user_session_id: ANN.session }));
  await settled(siteId);
  // As after 18 hours with a sign-up a second: the row of this one, each copy a second later.
  const copies = 65_000;
  await rowsOf(
    lane(id),
    `WITH RECURSIVE copy (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copy WHERE i < ?)
     INSERT INTO log SELECT seq + i, at + i * 1000, cursor, open, totals, kinds, reopened, settled
       FROM (SELECT * FROM log ORDER BY seq DESC LIMIT 1), copy`,
    copies,
  );
  const left = () => rowsOf<{ count: number }>(lane(id), 'SELECT COUNT(*) AS count FROM rewrites');
  expect(await erase(`/v1/sites/${siteId}/people/${ANN.profile}`)).toMatchObject({
    deliveries: copies + 1,
    complete: true,
  });
  expect(await left()).toEqual([{ count: copies + 1 }]);
  await pass(lane(id), 10_000);
  expect(await left()).toEqual([{ count: 0 }]);
}, 60_000);

test('windows that the former version had still to write again are written, once', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event({ user_profile_id: ANN.profile, user_session_id: ANN.session }));
  await settled(siteId);
  await pass(lane(id), 3_000);
  expect(await kvText(siteId)).toContain(ANN.profile);
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  await rowsOf(
    lane(id),
    `INSERT OR REPLACE INTO marks SELECT 'rewrite', json_array(json_object('seq', seq, 'at', at)) FROM log`,
  );
  await rowsOf(lane(id), 'DELETE FROM rewrites');
  await pass(lane(id), 10_000);
  expect(await kvText(siteId)).not.toContain(ANN.profile);
  expect(await rowsOf(lane(id), "SELECT value FROM marks WHERE name = 'rewrite'")).toEqual([{ value: '[]' }]);
});

test('where a redirect points to may name a person, and is not in the figures, which outlive an erasure', async () => {
  receiver(() => new Response('', { status: 302, headers: { location: '/thanks/ann@example.com' } }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [] });
  const [, signUp] = story();
  await send(siteId, signUp);
  await settled(siteId);
  await pass(lane(id), 3_000);
  expect(await textOf(lane(id))).toContain('/thanks/ann@example.com');
  await erase(`/v1/sites/${siteId}/people/${ANN.profile}`);
  await pass(lane(id), 10_000);
  const figures = (await env.HUB_KV.get(`stats:${siteId}:${id}:0`)) ?? '';
  expect(figures).toContain('302');
  expect(figures + (await everything(siteId, [id]))).not.toContain('ann@example.com');
});

test('a lane that cannot be reached is erased later, by the alarm, without being asked again', async () => {
  receiver();
  const { siteId } = await makeSite({ shards: 4 });
  const { id } = await integrate(siteId);
  const [, signUp] = story();
  await send(siteId, signUp);
  await settled(siteId);
  vi.spyOn(Lane.prototype, 'erase').mockRejectedValueOnce(new Error('away'));
  vi.spyOn(console, 'error').mockImplementation(() => {});
  expect(await erase(`/v1/sites/${siteId}/people/${ANN.profile}`)).toMatchObject({ complete: false });
  await pass(env.DIRECTORY.getByName('directory'), 61_000);
  expect(tracesIn(await everything(siteId, [id], 4))).toEqual([]);
  expect(tracesIn(await textOf(env.DIRECTORY.getByName('directory')))).toEqual([]);
});

test('what is not a site or a GUID is answered in words', async () => {
  const { siteId } = await makeSite();
  expect((await admin('DELETE', `/v1/sites/${guid()}/people/${guid()}`)).status).toBe(404);
  expect((await admin('DELETE', `/v1/sites/${siteId}/people/joe`)).status).toBe(404);
  expect(shardOf(ANN.profile, 4)).not.toBe(shardOf(ANN.session, 4));
});
