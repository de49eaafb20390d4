// Death, failed commits and lost answers wherever they matter: what was accepted is delivered, and counted once.
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test, vi } from 'vitest';
import { Ids } from '../../worker/ids-tables.ts';
import { Journal } from '../../worker/journal.ts';
import { Lane } from '../../worker/lane.ts';
import { LaneTables } from '../../worker/lane-tables.ts';
import {
  beacon,
  books,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  outcomes,
  post,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { die, passTime, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

const signUps = async (siteId: string) => (await books(siteId)).integrations[0]?.triggers[0];

test('a journal that dies before its commit has acknowledged nothing; sent again, the beacon counts once', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  // The second of two shares the next commit, which is some milliseconds away.
  const [first, second] = [event(), event()];
  await send(siteId, first);
  const answer = post(beacon(siteId, [second]));
  await die(journal(siteId));
  const { status } = await answer;
  expect([202, 503]).toContain(status);
  expect(await send(siteId, first, second)).toMatchObject({ accepted: status === 503 ? 1 : 0 });
  await passTime(lane(id), () => outside.received.length >= 2);
  expect(await settled(siteId)).toMatchObject({ events: { SignUpSuccess: 2 } });
  expect(await signUps(siteId)).toMatchObject({ matching: 2, succeeded: 2 });
});

test('a journal that dies right after its commit still gets the event to the lane', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  const lost = vi.spyOn(Lane.prototype, 'offer').mockRejectedValueOnce(new Error('died on the way'));
  await send(siteId, event());
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce());
  await die(journal(siteId));
  await passTime(journal(siteId), () => outside.received.length > 0);
  expect(await settled(siteId)).toMatchObject({ events: { SignUpSuccess: 1 } });
  expect(await signUps(siteId)).toMatchObject({ matching: 1, succeeded: 1 });
});

test('a lane that dies before anything of what it was woken for is on its disk is woken again', async () => {
  const outside = receiver(() => new Promise(() => {}));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  vi.spyOn(Lane.prototype, 'offer').mockRejectedValueOnce(new Error('died on the way'));
  await send(siteId, event());
  await passTime(journal(siteId), () => outside.received.length === 1);
  await die(lane(id));
  outside.answer = () => new Response('');
  await passTime(journal(siteId), () => outside.received.length === 2);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 1, succeeded: 1 });
});

test('a receiver that answers while the lane dies gets the same id again, and the books count once', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  outside.answer = async () => {
    outside.answer = () => new Response('');
    await die(lane(id));
    return new Response('');
  };
  await send(siteId, event());
  await passTime(journal(siteId), () => outside.received.length >= 2);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 1, succeeded: 1 });
  expect(new Set(outside.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
});

test('a receiver that took the request and whose answer was lost gets the same id again', async () => {
  let lost = true;
  const outside = receiver(() => {
    if (!lost) return new Response('');
    throw new Error('Network connection lost.');
  });
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  await settled(siteId, 1);
  lost = false;
  await passTime(lane(id), () => outside.received.length === 2);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 1, succeeded: 1 });
  expect(new Set(outside.received.map(({ text }) => text)).size).toBe(1);
  expect(outside.received.map(({ headers }) => headers.get('hubwire-attempt'))).toEqual(['1', '2']);
});

test('a lane that dies in the middle of a retry goes on with it at once', async () => {
  const outside = receiver(() => new Response('', { status: 500 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  await settled(siteId, 1);
  outside.answer = () => new Promise(() => {});
  await passTime(lane(id), () => outside.received.length === 2);
  const diedAt = Date.now();
  await die(lane(id));
  outside.answer = () => new Response('');
  await passTime(lane(id), () => outside.received.length === 3);
  expect(Date.now() - diedAt).toBeLessThanOrEqual(5_000);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 1, succeeded: 1 });
});

test('an outcome whose raising was not answered is raised again, and counted once', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await integrate(siteId, { triggers: ['WebhookSuccess'], url: 'https://receiver.example.com/watch' });
  const { raise } = Journal.prototype;
  const raised = vi.spyOn(Journal.prototype, 'raise').mockImplementationOnce(async function (this: Journal, events) {
    await raise.call(this, events);
    throw new Error('the answer was lost');
  });
  await send(siteId, event());
  await vi.waitFor(() => expect(raised).toHaveBeenCalledOnce());
  await passTime(lane(id), () => raised.mock.calls.length >= 2);
  const now = await settled(siteId);
  expect(now.events).toMatchObject({ SignUpSuccess: 1, WebhookSuccess: 1, duplicate: 0 });
  expect(outside.received.filter(({ url }) => url.endsWith('/watch'))).toHaveLength(1);
});

test('records whose writing was not answered are written again under the same key', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const put = env.HUB_KV.put.bind(env.HUB_KV);
  const keys: string[] = [];
  vi.spyOn(env.HUB_KV, 'put').mockImplementation(async (key, value, options) => {
    await put(key, value as string, options);
    if (!key.startsWith('outcome:')) return;
    keys.push(key);
    if (keys.length === 1) throw new Error('the answer was lost');
  });
  await send(siteId, event(), event());
  await settled(siteId);
  await passTime(lane(id), () => keys.length === 2);
  expect(new Set(keys).size).toBe(1);
  const { data } = await outcomes(siteId);
  expect(new Set(data.map((it) => it.delivery.event_id)).size).toBe(2);
  expect(data).toHaveLength(2);
});

test('a journal that can’t be read for a while is read later', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  vi.spyOn(Lane.prototype, 'offer').mockRejectedValueOnce(new Error('away'));
  const read = vi.spyOn(Journal.prototype, 'read').mockRejectedValueOnce(new Error('overloaded'));
  // The first is missed; the second tells the lane that there is a gap, and reading it fails once.
  await send(siteId, event());
  await send(siteId, event());
  await vi.waitFor(() => expect(read).toHaveBeenCalled());
  await passTime(journal(siteId), () => outside.received.length >= 2);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 2, succeeded: 2 });
});

test('a beacon whose commit fails counts nowhere; sent again, it counts once', async () => {
  receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  vi.spyOn(Ids.prototype, 'add').mockImplementationOnce(() => {
    throw new Error('the disk is full');
  });
  const it = event();
  expect((await post(beacon(siteId, [it]))).status).toBe(503);
  expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 0, duplicate: 0 });
  expect(await send(siteId, it)).toMatchObject({ accepted: 1, duplicate: 0 });
  expect(await settled(siteId)).toMatchObject({ events: { SignUpSuccess: 1, duplicate: 0 } });
});

test('a delivery whose commit fails is sent again, and so is what was under way beside it; each counts once', async () => {
  const held = Promise.withResolvers<Response>();
  const outside = receiver(() => (outside.received.length === 1 ? held.promise : new Response('')));
  const { siteId } = await makeSite();
  await integrate(siteId);
  const failed = vi.spyOn(LaneTables.prototype, 'commit').mockImplementationOnce(() => {
    throw new Error('the disk is full');
  });
  await send(siteId, event(), event());
  await vi.waitFor(() => expect(failed).toHaveBeenCalled());
  held.resolve(new Response(''));
  await passTime(journal(siteId), () => outside.received.length >= 4);
  await settled(siteId);
  expect(await signUps(siteId)).toMatchObject({ matching: 2, succeeded: 2 });
  expect(new Set(outside.received.map(({ headers }) => headers.get('webhook-id'))).size).toBe(2);
});

test('a journal that could not be told of its site yet asks for it, and takes what comes', async () => {
  const outside = receiver();
  vi.spyOn(Journal.prototype, 'follow').mockRejectedValueOnce(new Error('away'));
  const { siteId } = await makeSite();
  expect(await send(siteId, event())).toMatchObject({ accepted: 1 });
  await integrate(siteId);
  await send(siteId, event());
  await settled(siteId);
  expect(outside.received).toHaveLength(1);
});
