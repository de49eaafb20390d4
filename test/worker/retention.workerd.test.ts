import { expect, test, vi } from 'vitest';
import type { Books } from '../../worker/books.ts';
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
import { DAY_MS, pass, rowsOf, textOf } from '../support/rows.workerd.ts';
import { NOON, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

/** Days pass for a journal and its lanes, hour by hour. */
async function days(count: number, ...stubs: unknown[]): Promise<void> {
  for (let day = 0; day < count; day++) {
    const began = Date.now();
    for (const stub of stubs) {
      vi.setSystemTime(began);
      await pass(stub, DAY_MS);
    }
  }
}
const count = async (stub: unknown, table: string) =>
  (await rowsOf<{ n: number }>(stub, `SELECT COUNT(*) AS n FROM ${table}`))[0]?.n;
const proven: Partial<Books> = { balanced: true, mismatches: [] };

test('events, deliveries and hours of the past go day by day; totals stay, and what remains is still proven', async () => {
  receiver();
  const { siteId } = await makeSite({ retention_days: 3 });
  const { id } = await integrate(siteId);
  const stubs = [journal(siteId), lane(id)];
  for (let day = 1; day <= 8; day++) {
    await send(
      siteId,
      event({ fields: { email: `day-${day}@example.com` }, user_session_id: guid(), attributes: { day: String(day) } }),
    );
    await settled(siteId);
    await days(1, ...stubs);
  }
  const text = `${await textOf(stubs[0])}${await textOf(stubs[1])}`;
  const kept = [1, 2, 3, 4, 5, 6, 7, 8].filter((day) => text.includes(`day-${day}@example.com`));
  expect(kept[0]).toBeGreaterThanOrEqual(5);
  expect(kept).toContain(6);
  expect(kept).toContain(8);
  expect(text).not.toContain('"day":"1"');
  expect(await count(stubs[0], 'hours')).toBeLessThanOrEqual(5);
  expect(await books(siteId)).toMatchObject({ ...proven, events: { SignUpSuccess: 8 } });
  expect((await books(siteId)).integrations[0]?.triggers[0]).toMatchObject({ matching: 8, succeeded: 8 });
});

test('the newest row stays for ever, a quiet site has no alarm, and a changed base is found out', async () => {
  receiver();
  const { siteId } = await makeSite({ retention_days: 1 });
  const { id } = await integrate(siteId);
  for (let i = 0; i < 3; i++) await send(siteId, event());
  await settled(siteId);
  await days(4, journal(siteId), lane(id));
  expect(await count(journal(siteId), 'segments')).toBe(1);
  expect(await count(lane(id), 'log')).toBe(1);
  expect(await count(journal(siteId), 'agenda')).toBe(0);
  expect(await count(lane(id), 'agenda')).toBe(0);
  expect(await books(siteId)).toMatchObject({ ...proven, events: { SignUpSuccess: 3 } });
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await rowsOf(
    journal(siteId),
    `UPDATE marks SET value = replace(value, '"SignUpSuccess":2', '"SignUpSuccess":1') WHERE name = 'base'`,
  );
  expect((await books(siteId)).balanced).toBe(false);
});

test('what waits for a retry, or was never begun, outlives the retention and is delivered', async () => {
  let up = false;
  const outside = receiver(() => new Response('', { status: up ? 200 : 500 }));
  const { siteId } = await makeSite({ retention_days: 1 });
  const { id } = await integrate(siteId, { schedule_seconds: Array.from({ length: 20 }, () => 43_200) });
  for (let i = 0; i < 5; i++) await send(siteId, event());
  await settled(siteId, 5);
  const healthy = await integrate(siteId, { url: 'https://other.example.com/hook', name: 'Other' });
  // Nothing of this reaches the lane: its hand-over is lost, and it is asked for by the lane alone.
  const { Lane } = await import('../../worker/lane.ts');
  const offer = vi.spyOn(Lane.prototype, 'offer').mockImplementation(async () => {});
  const wake = vi.spyOn(Lane.prototype, 'wake').mockImplementation(async () => 0);
  await send(siteId, event());
  await send(siteId, event({ event: 'SiteViewed', fields: undefined }));
  await days(1, lane(id));
  vi.setSystemTime(NOON + 2.5 * DAY_MS);
  await rowsOf(journal(siteId), "DELETE FROM agenda WHERE duty = 'wake'");
  await pass(journal(siteId), 60_000);
  const held = await rowsOf<{ first: number; events: string }>(
    journal(siteId),
    'SELECT first, events FROM segments ORDER BY first',
  );
  expect(held.length).toBeGreaterThan(0);
  offer.mockRestore();
  wake.mockRestore();
  up = true;
  await send(siteId, event());
  for (let turn = 0; turn < 4; turn++) {
    await pass(journal(siteId), 5_000);
    await days(1, lane(id), lane(healthy.id));
  }
  const after = await settled(siteId);
  expect(after).toMatchObject(proven);
  expect(after.integrations[0]?.triggers[0]).toMatchObject({ matching: 7, succeeded: 7 });
  expect(after.integrations[1]?.triggers[0]).toMatchObject({ matching: 2, succeeded: 2 });
  expect(new Set(outside.received.map(({ body }) => body.id)).size).toBe(7);
});

test('an id stays known for as long as events are kept, at least eight days, and is forgotten in the end', async () => {
  receiver();
  const { siteId } = await makeSite({ retention_days: 1 });
  await integrate(siteId);
  const first = event();
  await send(siteId, first);
  for (let day = 0; day < 8; day++) {
    await days(1, journal(siteId));
    expect(await send(siteId, first)).toMatchObject({ accepted: 0, duplicate: 1 });
  }
  for (let day = 0; day < 18; day++) {
    await days(1, journal(siteId));
    await send(siteId, event());
  }
  expect(await count(journal(siteId), 'ids')).toBeLessThan(20);
  expect(await send(siteId, first)).toMatchObject({ accepted: 1 });
  expect((await books(siteId)).balanced).toBe(true);
});

test('profiles keep their attributes beyond the retention, sessions do not', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ retention_days: 1 });
  await integrate(siteId);
  const [session, profile] = [guid(), guid()];
  await send(siteId, event({ user_session_id: session, attributes: { plan: 'gold' } }));
  await send(siteId, event({ user_session_id: guid(), user_profile_id: profile, attributes: { city: 'Bern' } }));
  await settled(siteId);
  await days(3, journal(siteId));
  expect(await textOf(journal(siteId))).not.toContain('gold');
  await send(siteId, event({ user_session_id: guid(), user_profile_id: profile }));
  await settled(siteId);
  expect(outside.received.at(-1)?.body).toMatchObject({ city: 'Bern' });
  expect((await admin('GET', `/v1/sites/${siteId}/books`)).status).toBe(200);
});
