// Rows written are what production bills. Counted by SQLite itself, under load, with two integrations.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect, onTestFinished, test, vi } from 'vitest';
import { STATS_INTERVAL_MS } from '../../worker/limits.ts';
import {
  beacon,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  post,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

/** Counts what every statement of an object writes from now on. */
async function countRows(stub: unknown): Promise<() => number> {
  let rows = 0;
  await runInDurableObject(stub as DurableObjectStub, (_, { storage }) => {
    const exec = storage.sql.exec.bind(storage.sql);
    storage.sql.exec = ((...args: Parameters<typeof exec>) => {
      const cursor = exec(...args);
      rows += cursor.rowsWritten;
      return cursor;
    }) as typeof storage.sql.exec;
  });
  return () => rows;
}

test('under load, an event delivered to two integrations writes at most one and a half rows', async () => {
  receiver();
  const { siteId } = await makeSite();
  const [one, two] = [await integrate(siteId), await integrate(siteId)];
  await send(siteId, event());
  await settled(siteId);
  const counters = await Promise.all([journal(siteId), lane(one.id), lane(two.id)].map(countRows));
  const EVENTS = 1_000;
  const AT_ONCE = 50;
  for (let sent = 0; sent < EVENTS; sent += AT_ONCE) {
    // Each its own visitor: the limiter counts by address.
    const visitors = Array.from({ length: AT_ONCE }, (_, i) =>
      post(beacon(siteId, [event({ user_session_id: crypto.randomUUID() })]), {
        'cf-connecting-ip': `192.0.2.${sent + i}`,
      }),
    );
    for (const { status } of await Promise.all(visitors)) expect(status).toBe(202);
  }
  await settled(siteId);
  // The next snapshot also writes down the ids that are in memory alone.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + STATS_INTERVAL_MS });
  onTestFinished(() => void vi.useRealTimers());
  await runDurableObjectAlarm(journal(siteId) as unknown as DurableObjectStub);
  const [ofJournal, ofOne, ofTwo] = counters.map((count) => count() / EVENTS) as [number, number, number];
  console.log(`rows per event: journal ${ofJournal.toFixed(2)}, lanes ${ofOne.toFixed(2)} and ${ofTwo.toFixed(2)}`);
  expect(ofJournal).toBeGreaterThanOrEqual(1);
  expect(ofJournal + ofOne + ofTwo).toBeLessThanOrEqual(1.5);
}, 60_000);
