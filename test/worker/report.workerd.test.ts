// What a lane tells the others. The stats of deliveries that were sent again: as many outcomes as there are records, and
// no figure below none. The outcomes of a second: read beside what else there is to do.
import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import type { LogEntry } from '../../worker/lane-tables.ts';
import { type Context, Report } from '../../worker/report.ts';
import { forgetSite } from '../../worker/site.ts';
import type { Stats } from '../../worker/stats.ts';
import {
  admin,
  books,
  event,
  integrate,
  lane,
  makeSite,
  outcomes,
  receiver,
  send,
  settled,
  stats,
} from '../support/collector.workerd.ts';
import { DAY_MS, HOUR_MS, rowsOf } from '../support/rows.workerd.ts';
import { die, NOON, nextAlarm, passTime, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const replay = async (siteId: string, id: string, status = 'failed') =>
  (await admin<{ count: number }>('POST', `/v1/sites/${siteId}/integrations/${id}/replay`, { status })).body.count;

/** A site whose three deliveries have failed at noon; from now on the receiver answers `outside.answer`. */
async function threeFailed() {
  const outside = receiver(() => new Response('', { status: 500 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [] });
  await integrate(siteId, { name: 'Watch', triggers: ['WebhookError'], url: 'https://receiver.example.com/watch' });
  await nextAlarm(directoryOf(env));
  forgetSite(siteId);
  await send(siteId, event(), event(), event());
  await passTime(lane(id), async () => (await stats(siteId)).totals.WebhookError === 3);
  return { outside, siteId, id };
}
/** Waits until the stats are as they were described. */
const shown = (siteId: string, id: string, figures: Partial<Stats['totals']>, range?: string) =>
  vi.waitFor(async () => {
    await runDurableObjectAlarm(lane(id));
    const now = await stats(siteId, range);
    expect(now.totals).toMatchObject(figures);
    return now;
  });
const rowOf = ({ integrations }: Stats, id: string) => integrations.find((it) => it.integration_id === id);

async function replayed(siteId: string, id: string, count: number): Promise<void> {
  expect(await replay(siteId, id)).toBe(count);
  await passTime(lane(id), async () => (await books(siteId)).integrations[0]?.triggers[0]?.pending === 0);
  vi.setSystemTime(Date.now() + 11_000);
}

test('after a replay in a later hour the stats count each outcome, in its hour, and each delivery once', async () => {
  const { outside, siteId, id } = await threeFailed();
  vi.setSystemTime(NOON + 2 * HOUR_MS);
  outside.answer = () => new Response('');
  await replayed(siteId, id, 3);
  const now = await shown(siteId, id, { WebhookSuccess: 3, WebhookError: 3, pending: 0 });
  expect(now.series.slice(-3)).toMatchObject([
    { WebhookSuccess: 0, WebhookError: 3 },
    { WebhookSuccess: 0, WebhookError: 0 },
    { WebhookSuccess: 3, WebhookError: 0 },
  ]);
  expect(rowOf(now, id)).toMatchObject({ succeeded: 3, failed: 0, pending: 0, success_rate: 1 });
  const names = (await outcomes(siteId)).data.map((it) => it.event).sort();
  expect(names).toEqual([...Array(3).fill('WebhookError'), ...Array(3).fill('WebhookSuccess')]);
  expect((await books(siteId)).events).toMatchObject({ WebhookError: 3 });
  expect(await books(siteId)).toMatchObject({ balanced: true, mismatches: [] });
});

test('a replay that fails again is a second outcome and still one delivery that failed', async () => {
  const { siteId, id } = await threeFailed();
  vi.setSystemTime(NOON + HOUR_MS);
  await replayed(siteId, id, 3);
  vi.setSystemTime(NOON + 2 * HOUR_MS);
  await replayed(siteId, id, 3);
  const now = await shown(siteId, id, { WebhookError: 9 });
  expect(now.series.slice(-3).map((point) => point.WebhookError)).toEqual([3, 3, 3]);
  expect(rowOf(now, id)).toMatchObject({ succeeded: 0, failed: 3, success_rate: 0 });
});

test('where the failure lies outside the range, nothing is below none and no rate above one', async () => {
  const { outside, siteId, id } = await threeFailed();
  vi.setSystemTime(NOON + 2 * DAY_MS);
  outside.answer = () => new Response('');
  await replayed(siteId, id, 3);
  const day = await shown(siteId, id, { WebhookSuccess: 3, WebhookError: 0 });
  expect(rowOf(day, id)).toMatchObject({ succeeded: 3, failed: 0, success_rate: 1 });
  const week = await shown(siteId, id, { WebhookSuccess: 3, WebhookError: 3 }, '7d');
  expect(rowOf(week, id)).toMatchObject({ succeeded: 3, failed: 0, success_rate: 1 });
});

test('what was skipped and is sent after all counts as sent', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { enabled: false });
  await nextAlarm(directoryOf(env));
  forgetSite(siteId);
  await send(siteId, event(), event());
  await settled(siteId);
  vi.setSystemTime(NOON + HOUR_MS);
  await admin('PATCH', `/v1/sites/${siteId}/integrations/${id}`, { enabled: true });
  expect(await replay(siteId, id, 'skipped')).toBe(2);
  await passTime(lane(id), () => outside.received.length === 2);
  await settled(siteId);
  vi.setSystemTime(Date.now() + 11_000);
  const now = await shown(siteId, id, { WebhookSuccess: 2, WebhookError: 0 });
  expect(rowOf(now, id)).toMatchObject({ succeeded: 2, failed: 0, skipped: 0, success_rate: 1 });
});

test('a lane that 0.1.0 left counts on: what it had counted stays, and a replay adds to it', async () => {
  const { outside, siteId, id } = await threeFailed();
  vi.setSystemTime(NOON + HOUR_MS);
  outside.answer = () => new Response('');
  await send(siteId, event());
  await settled(siteId);
  await rowsOf(lane(id), "UPDATE log SET totals = json_remove(totals, '$.outcomes')");
  await rowsOf(lane(id), "UPDATE hours SET totals = json_remove(totals, '$.outcomes')");
  await rowsOf(lane(id), 'DROP TABLE again');
  await die(lane(id));
  vi.setSystemTime(NOON + 2 * HOUR_MS);
  await replayed(siteId, id, 3);
  const now = await shown(siteId, id, { WebhookSuccess: 4, WebhookError: 3 });
  expect(now.series.slice(-3)).toMatchObject([
    { WebhookSuccess: 0, WebhookError: 3 },
    { WebhookSuccess: 1, WebhookError: 0 },
    { WebhookSuccess: 3, WebhookError: 0 },
  ]);
  expect(rowOf(now, id)).toMatchObject({ succeeded: 4, failed: 0, success_rate: 1 });
  expect(await books(siteId)).toMatchObject({ balanced: true, mismatches: [] });
});

test('a snapshot in which 0.1.0 published less than none is read as none', async () => {
  const { siteId, id } = await threeFailed();
  const key = `stats:${siteId}:${id}:0`;
  const text = (await env.HUB_KV.get(key)) ?? '';
  await env.HUB_KV.put(
    key,
    text.replaceAll('"failed":3', '"failed":-3').replaceAll('"WebhookError":3', '"WebhookError":-3'),
  );
  const now = await stats(siteId);
  expect(now.totals.WebhookError).toBe(0);
  expect(rowOf(now, id)).toMatchObject({ failed: 0, success_rate: null });
});

test('hours in which something was sent again are kept no longer than the others', async () => {
  const { outside, siteId, id } = await threeFailed();
  outside.answer = () => new Response('');
  await replayed(siteId, id, 3);
  const noted = () => rowsOf(lane(id), 'SELECT failed FROM again');
  expect(await noted()).toEqual([{ failed: 3 }]);
  await passTime(lane(id), async () => (await noted()).length === 0);
  expect((Date.now() - NOON) / DAY_MS).toBeGreaterThan(29);
});

test('while the outcomes of a second are read, what else there is to do has its turns', async () => {
  const rows: LogEntry[] = Array.from({ length: 10 }, (_, i) => ({
    seq: i + 1,
    at: NOON + i * 100,
    settled: [],
    chars: 2,
  }));
  const marks = new Map<string, unknown>();
  const turns: number[] = [];
  let read = 0;
  const log = {
    seq: rows.length,
    at: NOON,
    since: (seq: number) => rows.slice(seq),
    next(seq: number) {
      read++;
      return rows[seq] ?? null;
    },
  };
  const parts = { log, marks: { get: (name: string) => marks.get(name) ?? null, set: marks.set.bind(marks) } };
  const report = new Report(parts as unknown as ConstructorParameters<typeof Report>[0]);
  const context = { name: 'a lane', config: { raises: [] }, kv: env.HUB_KV, journal: {} } as unknown as Context;
  const telling = report.tell(context, NOON + 2_000);
  while (read < rows.length) {
    turns.push(read);
    await scheduler.wait(0);
  }
  await telling;
  expect(marks.get('published')).toBe(10);
  expect(new Set(turns).size).toBeGreaterThanOrEqual(rows.length);
});
