// What is left of what was deleted: nothing that a reader sees, and nothing that takes a new one under the same id along.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import type { PublishedSite } from '../../worker/config.ts';
import type { IncomingEvent } from '../../worker/rpc.ts';
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
  post,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { rowsOf } from '../support/rows.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

const keys = async (siteId: string) =>
  (await env.HUB_KV.list()).keys.map(({ name }) => name).filter((name) => name.includes(siteId));

/** Until the Directory has done all that it had to do. */
const until = (what: () => Promise<void>) =>
  vi.waitFor(
    async () => {
      await runDurableObjectAlarm(directoryOf(env));
      await what();
    },
    { timeout: 10_000 },
  );

test('an integration that is made again under its id, the moment it was deleted, is delivered to', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  await settled(siteId);
  await admin('DELETE', `/v1/sites/${siteId}/integrations/${id}`);
  await integrate(siteId, { integration_id: id });
  // Whatever the deletion had still to do is over now.
  for (let i = 0; i < 3; i++) await runDurableObjectAlarm(directoryOf(env));
  await send(siteId, event());
  const { integrations } = await settled(siteId);
  expect(integrations[0]?.triggers).toMatchObject([{ event: 'SignUpSuccess', matching: 1, succeeded: 1 }]);
  expect(outside.received).toHaveLength(2);
  expect((await admin('GET', `/v1/sites/${siteId}/deliveries`)).status).toBe(200);
});

test('so is a site with its integration, and its books begin anew', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  await settled(siteId);
  await admin('DELETE', `/v1/sites/${siteId}`);
  await makeSite({}, undefined, siteId);
  await integrate(siteId, { integration_id: id });
  for (let i = 0; i < 3; i++) await runDurableObjectAlarm(directoryOf(env));
  await send(siteId, event());
  expect((await settled(siteId)).events).toMatchObject({ SignUpSuccess: 1 });
  expect(outside.received).toHaveLength(2);
});

test('records of a deleted integration leave KV, where no erasure would find them; those of others stay', async () => {
  receiver();
  const { siteId } = await makeSite();
  const [gone, stays] = [await integrate(siteId), await integrate(siteId, { name: 'Chat' })];
  await send(siteId, event());
  await settled(siteId);
  const outcomes = async (id: string) =>
    (await keys(siteId)).filter((key) => key.startsWith('outcome:') && key.includes(id));
  await vi.waitFor(async () => {
    expect(await outcomes(gone.id)).toHaveLength(1);
    expect(await outcomes(stays.id)).toHaveLength(1);
  }, 10_000);
  await admin('DELETE', `/v1/sites/${siteId}/integrations/${gone.id}`);
  await until(async () => expect((await keys(siteId)).filter((key) => key.includes(gone.id))).toEqual([]));
  expect(await outcomes(stays.id)).toHaveLength(1);
});

test('a deleted site that KV still tells of is unknown, and nothing is kept of what is sent to it', async () => {
  const { siteId } = await makeSite();
  const stale = (await env.HUB_KV.get<PublishedSite>(`site:${siteId}`, 'json')) as PublishedSite;
  await send(siteId, event());
  await admin('DELETE', `/v1/sites/${siteId}`);
  await until(async () => expect(await keys(siteId)).toEqual([]));
  expect((await post(beacon(siteId, [event()]))).status).toBe(404);
  await env.HUB_KV.put(`site:${siteId}`, JSON.stringify(stale));
  // The isolate remembers for a second that there is none.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2_000 });
  const marker = guid();
  const answer = await post(beacon(siteId, [event({ fields: { marker } })]));
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ error: { code: 'unknown_site' } });
  expect(await rowsOf(journal(siteId), 'SELECT * FROM segments')).toEqual([]);
  expect((await books(siteId)) as unknown).toMatchObject({ error: { code: 'not_found' } });
});

test('nothing is kept of what waits for its commit in the moment in which the site is deleted', async () => {
  const { siteId } = await makeSite();
  const at = journal(siteId);
  const append = () => {
    const { id, user_session_id, fields = {} } = event();
    const timestamp = new Date().toISOString();
    const accepted = {
      id,
      event: 'SignUpSuccess',
      timestamp,
      user_session_id,
      attributes: {},
      fields,
    } as IncomingEvent;
    return at.append(siteId, [accepted], 0);
  };
  // On a shared commit the next one waits for a crowd.
  await Promise.all([append(), append(), append()]);
  await Promise.all([append(), append(), at.close()]);
  expect(await rowsOf(at, 'SELECT * FROM segments')).toEqual([]);
});

test('what 0.1.0 had still to take away when it was replaced is taken away', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  await settled(siteId);
  await vi.waitFor(async () => expect((await keys(siteId)).length).toBeGreaterThan(2), 10_000);
  const noted = (about: string) => JSON.stringify({ id: about, shards: 1, jurisdiction: null });
  await runInDurableObject(directoryOf(env), async (_, { storage }) => {
    // The site is still known here, and must not be published again.
    storage.sql.exec('DELETE FROM agenda');
    for (const duty of [`close-lanes ${noted(id)}`, `close-site ${noted(siteId)}`])
      storage.sql.exec('INSERT INTO agenda (duty, due) VALUES (?, ?)', duty, Date.now());
    await storage.setAlarm(Date.now() + 60_000);
  });
  await runInDurableObject(directoryOf(env), (_, state) => state.abort('replaced by the test')).catch(() => {});
  await until(async () => expect(await keys(siteId)).toEqual([]));
  expect(await rowsOf(journal(siteId), 'SELECT * FROM segments')).toEqual([]);
  expect(await rowsOf(lane(id), 'SELECT * FROM marks')).toEqual([]);
});
