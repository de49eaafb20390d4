// What a lane tells the others of deliveries that ended: outcome events to its journal (where some integration
// subscribed), records and a snapshot to KV. It reads the lane's log from marks onward, so a crash or a KV that
// fails for hours loses no outcome: it is told again, under the same id or key.
import type { Again } from './again-tables.ts';
import type { Event } from './event.ts';
import { merge } from './histogram.ts';
import type { Hours } from './hours-tables.ts';
import type { LaneTables, LaneTotals, Outcomes } from './lane-tables.ts';
import { OUTCOME_WINDOW_MS, READ_CHARS_MAX, STATS_FIRST_MS, STATS_INTERVAL_MS, STATS_SERIES_MS } from './limits.ts';
import type { Marks } from './marks-tables.ts';
import { outcomeOf, recordsOf } from './outcome.ts';
import { publishOutcomes, publishStats, type RecordText, windowOf } from './outcomes.ts';
import type { JournalRpc, LaneConfig } from './rpc.ts';
import { outcomesOf } from './settle.ts';
import type { LaneSnapshot } from './stats.ts';

/** The last row of the log that was raised to the journal, and that was published to KV. */
export type Told = { raised: number; published: number };

export type Context = { name: string; config: LaneConfig; kv: KVNamespace; journal: Pick<JournalRpc, 'raise'> };

type Parts = { log: LaneTables; hours: Hours<LaneTotals>; again: Again; marks: Marks<Told> };
/** `rows`: for each row of the log in a window, its records. `seq`: the last of them. */
type Window = { start: number; seq: number; rows: RecordText[][] };

export class Report {
  readonly #log: LaneTables;
  readonly #hours: Hours<LaneTotals>;
  readonly #again: Again;
  readonly #marks: Marks<Told>;
  #raised: number;
  #raising: Promise<void> | null = null;
  #snapshotAt = 0;

  constructor({ log, hours, again, marks }: Parts) {
    this.#log = log;
    this.#hours = hours;
    this.#again = again;
    this.#marks = marks;
    this.#raised = marks.get('raised') ?? 0;
  }

  /** When the next snapshot may be written (ms): soon after a pause, else at KV's pace. */
  nextSnapshot(now: number): number {
    return Math.max(now + STATS_FIRST_MS, this.#snapshotAt + STATS_INTERVAL_MS);
  }

  /** Raises the outcome events of what has settled. One at a time, so that none is raised twice for nothing. */
  raise(context: Context): Promise<void> {
    this.#raising ??= this.#raiseNew(context).finally(() => {
      this.#raising = null;
    });
    return this.#raising;
  }

  async #raiseNew({ config, journal }: Context): Promise<void> {
    while (this.#raised < this.#log.seq) {
      const { events, seq } = this.#outcomes(config);
      if (events.length > 0) await journal.raise(events);
      this.#raised = seq;
    }
  }

  /** Those that are to be raised next, as many as fit a message however long the journal was out of reach. */
  #outcomes({ raises, integration }: LaneConfig): { events: Event[]; seq: number } {
    const events: Event[] = [];
    let { seq } = this.#log;
    if (raises.length === 0) return { events, seq };
    let chars = 0;
    for (const row of this.#log.since(this.#raised)) {
      for (const settled of row.settled) {
        const outcome = outcomeOf(settled, integration.integration_id);
        if (outcome && raises.some((name) => name === outcome.event)) events.push(outcome);
      }
      chars += row.chars;
      seq = row.seq;
      if (chars >= READ_CHARS_MAX) break;
    }
    return { events, seq };
  }

  /**
   * Raises what is left, and publishes the outcomes of windows that have passed, a key for each; answers when the next
   * will have passed, or null. A window's rows are all there once it has passed: the log's time never runs back.
   */
  async tell(context: Context, now: number): Promise<number | null> {
    await this.raise(context);
    this.#marks.set('raised', this.#raised);
    const { config, kv, name } = context;
    const kept = { siteId: config.site_id, retentionDays: config.retention_days };
    for (let window = await this.#nextWindow(config, now); window; window = await this.#nextWindow(config, now)) {
      await publishOutcomes(kv, kept, name, window.start, window.rows, now);
      this.#marks.set('published', window.seq);
    }
    return this.#log.seq > (this.#marks.get('published') ?? 0) ? windowOf(this.#log.at) + OUTCOME_WINDOW_MS : null;
  }

  /**
   * One at a time: after KV has failed for hours, all that waits is more than fits in memory. Each row in its own turn of
   * the event loop: a hundred deliveries take milliseconds to read, which would hold up what is accepted and sent.
   */
  async #nextWindow(config: LaneConfig, now: number): Promise<Window | null> {
    const window: Window = { start: 0, seq: this.#marks.get('published') ?? 0, rows: [] };
    for (;;) {
      const row = this.#log.next(window.seq);
      if (!row || windowOf(row.at) >= windowOf(now)) break;
      if (window.rows.length === 0) window.start = windowOf(row.at);
      else if (window.start !== windowOf(row.at)) break;
      window.seq = row.seq;
      window.rows.push(recordsOf(row.settled, config));
      await scheduler.wait(0);
    }
    return window.rows.length > 0 ? window : null;
  }

  /**
   * Publishes the counters. The hours' WebhookSuccess and WebhookError count every end, as the records do; succeeded,
   * failed and skipped count a delivery once, where it ended last, so that what was sent again has not failed.
   */
  async snapshot({ config, kv, name }: Context, pending: number, now: number): Promise<null> {
    this.#snapshotAt = now;
    const { site_id: siteId, retention_days: retentionDays, integration } = config;
    const { totals, at } = this.#log;
    const since = now - STATS_SERIES_MS;
    const again = this.#again.since(since);
    const hours = this.#hours.series(since, at, totals).map(({ t, totals, before }) => ({
      t,
      ...within(outcomesOf(totals), before && outcomesOf(before), again.get(t)),
      latency: merge({ ...totals.latency }, before?.latency ?? {}, -1),
    }));
    const { last_error, triggers } = totals;
    const { failing_since } = totals.health;
    const { integration_id } = integration;
    const snapshot: LaneSnapshot = { kind: 'lane', integration_id, pending, failing_since, last_error, hours };
    const { WebhookSuccess, WebhookError } = outcomesOf(totals);
    const sums = { ...outcomesOf({ triggers }), WebhookSuccess, WebhookError, pending };
    await publishStats(kv, { siteId, retentionDays }, name, snapshot, sums);
    return null;
  }
}

/** Never less than none: 0.1.0 took back from the hour of a replay what had ended in one before. */
const within = (now: Outcomes, before: Outcomes | null, again: Partial<Outcomes> = {}): Outcomes =>
  Object.fromEntries(
    Object.entries(now).map(([key, count]) => {
      const name = key as keyof Outcomes;
      return [name, Math.max(0, count - (before?.[name] ?? 0) - (again[name] ?? 0))];
    }),
  ) as Outcomes;
