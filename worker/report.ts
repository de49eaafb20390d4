// What a lane tells the others of deliveries that ended: outcome events to its journal (where some integration
// subscribed), records and a snapshot to KV. It reads the lane's log from marks onward, so a crash or a KV that
// fails for hours loses no outcome: it is told again, under the same id or key.
import type { JournalRpc, LaneConfig } from './bindings.ts';
import { type Event, PAGE_EVENTS } from './event.ts';
import { merge } from './histogram.ts';
import type { Hours } from './hours-tables.ts';
import type { LaneTables, LaneTotals } from './lane-tables.ts';
import { DAY_MS, OUTCOME_WINDOW_MS } from './limits.ts';
import type { Marks } from './marks-tables.ts';
import { outcomeOf, recordOf } from './outcome.ts';
import { publishOutcomes, publishStats } from './outcomes.ts';
import type { LaneSnapshot } from './stats.ts';

/** The last row of the log that was raised to the journal, and that was published to KV. */
export type Told = { raised: number; published: number };

export type Lane = { name: string; config: LaneConfig; kv: KVNamespace; journal: Pick<JournalRpc, 'raise'> };

/** Raises outcome events of rows after `raised`; answers the last row that is done with. */
export async function raiseOutcomes(lane: Lane, log: LaneTables, raised: number): Promise<number> {
  const seq = log.seq;
  const { integration, raises } = lane.config;
  const events: Event[] = [];
  if (raises.length > 0)
    for (const row of log.since(raised))
      for (const settled of row.settled) {
        const outcome = outcomeOf(settled, integration.integration_id);
        if (outcome && raises.some((name) => name === outcome.event)) events.push(outcome);
      }
  if (events.length > 0) await lane.journal.raise(events);
  return seq;
}

/**
 * Publishes the rows of windows that have passed, a key for each window; answers when the next one will have passed,
 * or null where nothing is left. A window's rows are all there once it has passed: the log's time never runs back.
 */
export async function publishWindows(
  lane: Lane,
  log: LaneTables,
  marks: Marks<Told>,
  now: number,
): Promise<number | null> {
  const kept = { siteId: lane.config.site_id, retentionDays: lane.config.retention_days };
  const windowOf = (at: number) => Math.floor(at / OUTCOME_WINDOW_MS) * OUTCOME_WINDOW_MS;
  let window: { start: number; seq: number; records: { text: string; ok: boolean }[] } | null = null;
  const close = async () => {
    if (!window) return;
    if (window.records.length > 0) await publishOutcomes(lane.kv, kept, lane.name, window.start, window.records);
    marks.set('published', window.seq);
  };
  // Read before the first await: a cursor of SQLite must not cross one.
  const rows = [...log.since(marks.get('published') ?? 0)].filter(({ at }) => windowOf(at) < windowOf(now));
  for (const { seq, at, settled } of rows) {
    if (window?.start !== windowOf(at)) {
      await close();
      window = { start: windowOf(at), seq, records: [] };
    }
    window.seq = seq;
    for (const delivery of settled) {
      const outcome = outcomeOf(delivery, lane.config.integration.integration_id);
      if (!outcome) continue;
      const text = recordOf(delivery, outcome, lane.config.site_id);
      window.records.push({ text, ok: delivery.status === 'succeeded' });
    }
  }
  await close();
  return log.seq > (marks.get('published') ?? 0) ? windowOf(log.at) + OUTCOME_WINDOW_MS : null;
}

/** Publishes the counters as they stand. */
export async function publishSnapshot(
  lane: Lane,
  log: LaneTables,
  hours: Hours<LaneTotals>,
  pending: number,
  now: number,
) {
  const { site_id: siteId, retention_days: retentionDays, integration } = lane.config;
  const snapshot: LaneSnapshot = {
    kind: 'lane',
    integration_id: integration.integration_id,
    pending,
    failing_since: log.totals.failing_since,
    last_error: log.totals.last_error,
    hours: hours.series(now - retentionDays * DAY_MS, log.at, log.totals).map(({ t, totals, before }) => ({
      t,
      ...difference(ended(totals), ended(before)),
      latency: merge({ ...totals.latency }, before?.latency ?? {}, -1),
    })),
  };
  await publishStats(lane.kv, { siteId, retentionDays }, lane.name, snapshot, { ...ended(log.totals), pending });
}

const ended = (totals: LaneTotals | null) => {
  const all = Object.values(totals?.triggers ?? {});
  const ofPages = PAGE_EVENTS.flatMap((name) => totals?.triggers[name] ?? []);
  const sum = (of: typeof all, status: 'succeeded' | 'failed' | 'skipped') =>
    of.reduce((n, counts) => n + counts[status], 0);
  return {
    succeeded: sum(all, 'succeeded'),
    failed: sum(all, 'failed'),
    skipped: sum(all, 'skipped'),
    WebhookSuccess: sum(ofPages, 'succeeded'),
    WebhookError: sum(ofPages, 'failed'),
  };
};

const difference = <T extends Record<string, number>>(now: T, before: T): T =>
  Object.fromEntries(Object.entries(now).map(([key, value]) => [key, value - (before[key] ?? 0)])) as T;
