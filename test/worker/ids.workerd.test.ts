// Ids of accepted events are kept in memory before they are written together: none may be forgotten, whatever happens.
import { runInDurableObject } from 'cloudflare:test';
import { expect, test, vi } from 'vitest';
import { BEACON_EVENTS_MAX, IDS_AT_HAND_MAX } from '../../worker/limits.ts';
import { admin, event, integrate, journal, makeSite, receiver, send } from '../support/collector.workerd.ts';
import { DAY_MS, pass, rowsOf } from '../support/rows.workerd.ts';
import { die, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const written = async (siteId: string) =>
  (await rowsOf<{ count: number }>(journal(siteId), 'SELECT COUNT(*) AS count FROM ids'))[0]?.count;
const many = (count: number) => Array.from({ length: count }, () => event());

test('an id that is not yet written is known after a restart, and its delivery is found', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const known = event();
  expect(await send(siteId, known, event())).toMatchObject({ accepted: 2 });
  expect(await written(siteId)).toBe(0);
  for (let i = 0; i < 2; i++) {
    await die(journal(siteId));
    expect(await send(siteId, known)).toMatchObject({ accepted: 0, duplicate: 1 });
  }
  const path = `/v1/sites/${siteId}/deliveries/${known.id.toUpperCase()}/${id}`;
  expect((await admin('GET', path)).status).toBe(200);
});

test('enough of them are written together; each stays known once, before and after a restart', async () => {
  const { siteId } = await makeSite();
  const beacons = Array.from({ length: IDS_AT_HAND_MAX / BEACON_EVENTS_MAX + 1 }, () => many(BEACON_EVENTS_MAX));
  for (const events of beacons) await send(siteId, ...events);
  expect(await written(siteId)).toBe(IDS_AT_HAND_MAX);
  const again = async () => {
    for (const events of [beacons[0], beacons.at(-2), beacons.at(-1)])
      expect(await send(siteId, ...(events ?? []))).toMatchObject({ accepted: 0, duplicate: BEACON_EVENTS_MAX });
  };
  await again();
  await die(journal(siteId));
  await again();
});

test('they outlive the events that retention takes away', async () => {
  const { siteId } = await makeSite({ retention_days: 1 });
  const [old, newer] = many(2);
  await send(siteId, old);
  await pass(journal(siteId), 2 * DAY_MS);
  await send(siteId, newer);
  await pass(journal(siteId), DAY_MS);
  await vi.waitFor(async () =>
    expect(await rowsOf(journal(siteId), 'SELECT 1 FROM segments WHERE first = 1')).toEqual([]),
  );
  await die(journal(siteId));
  expect(await send(siteId, old, newer)).toMatchObject({ accepted: 0, duplicate: 2 });
});

test('a journal whose ids were all written at once, as they used to be, goes on without a gap', async () => {
  const { siteId } = await makeSite();
  const [old, newer] = many(2);
  await send(siteId, old);
  await runInDurableObject(journal(siteId) as unknown as DurableObjectStub, (_, { storage }) => {
    storage.sql.exec("INSERT INTO ids VALUES (unhex(?, '-'), 1)", old?.id);
    storage.sql.exec("DELETE FROM marks WHERE name = 'indexed'");
  });
  await die(journal(siteId));
  expect(await send(siteId, old, newer)).toMatchObject({ accepted: 1, duplicate: 1 });
  await die(journal(siteId));
  expect(await send(siteId, old, newer)).toMatchObject({ accepted: 0, duplicate: 2 });
});
