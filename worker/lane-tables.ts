// A lane's disk. `log`: one row a commit, with the deliveries that ended in it and, beside them, the cursor, what is
// open and the totals as they stand after it: the books move with the log or not at all. `retries`: the exceptions,
// a row for each delivery that waits for another attempt, with its event, so that it needs the journal no more.
import type { EventCounts } from './bindings.ts';
import type { Event, EventName } from './event.ts';
import type { Histogram } from './histogram.ts';
import type { Job } from './in-flight.ts';
import type { Attempt } from './schedule.ts';

/** A delivery that has ended. Times in ms. */
export type Settled = {
  n: number;
  /** When the event was accepted. */
  at: number;
  event: Event;
  site_name: string;
  status: 'succeeded' | 'failed' | 'skipped';
  reason: string | null;
  ended_at: number;
  attempts: Attempt[];
};

export type Ended = { succeeded: number; failed: number; skipped: number };

export type LaneTotals = {
  triggers: Partial<Record<EventName, Ended>>;
  /** Durations of attempts that succeeded. */
  latency: Histogram;
  failing_since: number | null;
  last_error: { at: number; error: string } | null;
};

export type Commit = {
  at: number;
  cursor: number;
  open: [number, EventName][];
  totals: LaneTotals;
  settled: Settled[];
  retries: { job: Job; due: number }[];
};

type LogRow = { seq: number; at: number; cursor: number; open: string; totals: string; settled: string };
type RetryRow = { n: number; due: number; event: EventName; job: string };

export class LaneTables {
  readonly #sql: SqlStorage;
  /** What the last row says: caches, read anew when the object starts. */
  seq = 0;
  at = 0;
  cursor = 0;
  open: [number, EventName][] = [];
  totals: LaneTotals = { triggers: {}, latency: {}, failing_since: null, last_error: null };

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, cursor INTEGER NOT NULL,
        open TEXT NOT NULL, totals TEXT NOT NULL, settled TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS retries (n INTEGER PRIMARY KEY, due INTEGER NOT NULL, event TEXT NOT NULL, job TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS retries_due ON retries (due);
    `);
    const [last] = this.#sql.exec<LogRow>('SELECT * FROM log ORDER BY seq DESC LIMIT 1');
    if (!last) return;
    ({ seq: this.seq, at: this.at, cursor: this.cursor } = last);
    this.open = JSON.parse(last.open);
    this.totals = JSON.parse(last.totals);
  }

  /** To be called inside a transaction: a delivery settles and leaves the retries in one. */
  commit({ at, cursor, open, totals, settled, retries }: Commit): void {
    const row = [at, cursor, JSON.stringify(open), JSON.stringify(totals), JSON.stringify(settled)];
    this.#sql.exec('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)', this.seq + 1, ...row);
    for (const { job, due } of retries)
      this.#sql.exec(
        'INSERT OR REPLACE INTO retries VALUES (?, ?, ?, ?)',
        job.n,
        due,
        job.event.event,
        JSON.stringify(job),
      );
    // Only a delivery that was tried before can have a row.
    const waited = settled.filter(({ attempts, status }) => attempts.length > 1 || status === 'skipped');
    for (const { n } of waited) this.#sql.exec('DELETE FROM retries WHERE n = ?', n);
    Object.assign(this, { seq: this.seq + 1, at, cursor, open, totals });
  }

  /** Retries due by `until`, the earliest first. */
  due(until: number, limit: number): Job[] {
    const rows = this.#sql.exec<RetryRow>('SELECT * FROM retries WHERE due <= ? ORDER BY due LIMIT ?', until, limit);
    return [...rows].map(({ job }) => JSON.parse(job));
  }

  /** When the next retry that is not in `begun` is due. */
  nextDue(begun: readonly number[]): number | null {
    const [row] = this.#sql.exec<{ due: number | null }>(
      'SELECT MIN(due) AS due FROM retries WHERE n NOT IN (SELECT value FROM json_each(?))',
      JSON.stringify(begun),
    );
    return row?.due ?? null;
  }

  waiting(): EventCounts {
    const rows = this.#sql.exec<{ event: EventName; count: number }>(
      'SELECT event, COUNT(*) AS count FROM retries GROUP BY event',
    );
    return Object.fromEntries([...rows].map(({ event, count }) => [event, count]));
  }

  /** Log rows after `seq`, oldest first. */
  *since(seq: number): Iterable<{ seq: number; at: number; settled: Settled[] }> {
    for (const row of this.#sql.exec<LogRow>('SELECT * FROM log WHERE seq > ? ORDER BY seq', seq))
      yield { seq: row.seq, at: row.at, settled: JSON.parse(row.settled) };
  }
}
