// A lane's disk. `log`: one row a commit, with the deliveries that ended in it and, beside them, the cursor, what is
// open and the totals as they stand after it: the books move with the log or not at all. `retries`: the exceptions,
// a row for each delivery that waits for another attempt, with its event, so that it needs the journal no more.
// `noted`: where in the log a delivery ended that did so late, badly or again; all others ended soon after they came.
import type { EndStatus } from './delivery.ts';
import type { Event, EventName, OutcomeEvent } from './event.ts';
import type { Histogram } from './histogram.ts';
import type { Job } from './in-flight.ts';
import { PROMPT_MS, READ_CHARS_MAX } from './limits.ts';
import type { Ended, EventCounts } from './rpc.ts';
import type { Attempts } from './schedule.ts';
import type { Health } from './throttle.ts';

/** A delivery that has ended. Times in ms. */
export type Settled = Attempts & {
  n: number;
  /** When the event was accepted. */
  at: number;
  event: Event;
  site_name: string;
  status: EndStatus;
  reason: string | null;
  ended_at: number;
  /** How many attempts were before the latest replay. */
  from?: number;
};

/** How often deliveries ended so, and how many of these ends were of page events: those raise an outcome event. */
export type Outcomes = Record<EndStatus | OutcomeEvent, number>;

export type LaneTotals = {
  /** Deliveries as they stand: one that is sent again is taken back. The books. */
  triggers: Partial<Record<EventName, Ended>>;
  /** Every end, also of one that was sent again: it only grows. Rows of 0.1.0 lack it (`outcomesOf`). */
  outcomes?: Outcomes;
  /** Durations of attempts that succeeded. */
  latency: Histogram;
  health: Health;
  last_error: { at: number; error: string } | null;
};

export type Commit = {
  at: number;
  cursor: number;
  open: [number, EventName][];
  totals: LaneTotals;
  settled: Settled[];
  retries: { job: Job; due: number }[];
  /** Deliveries that had ended so, and when (ms; 0.1.0 did not say), and are pending again: taken back from the totals. */
  reopened: [n: number, name: EventName, status: EndStatus, endedAt: number][];
};

/** A commit without what the lane itself knows. */
export type Written = Omit<Commit, 'at' | 'cursor' | 'open'>;

/** `chars`: of what ended, as text. */
export type LogEntry = { seq: number; at: number; settled: Settled[]; chars: number };
type LogRow = { seq: number; at: number; cursor: number; open: string; totals: string; settled: string };
export type RetryRow = { n: number; due: number; event: EventName; job: string };

const NOTHING: LaneTotals = {
  triggers: {},
  latency: {},
  health: { failures: 0, failing_since: null, recovered_at: null },
  last_error: null,
};

export class LaneTables {
  readonly #sql: SqlStorage;
  /** What the last row says: caches, read anew when the object starts. */
  seq = 0;
  at = 0;
  cursor = 0;
  open: [number, EventName][] = [];
  totals: LaneTotals = NOTHING;
  /** No retry is due before it (ms); the rows may all be later. */
  #earliest = 0;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, cursor INTEGER NOT NULL,
        open TEXT NOT NULL, totals TEXT NOT NULL, kinds TEXT NOT NULL, reopened TEXT NOT NULL, settled TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS retries (n INTEGER PRIMARY KEY, due INTEGER NOT NULL, event TEXT NOT NULL, job TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS retries_due ON retries (due);
      CREATE TABLE IF NOT EXISTS noted (n INTEGER PRIMARY KEY, seq INTEGER NOT NULL, kind TEXT NOT NULL);
    `);
    const [last] = this.#sql.exec<LogRow>('SELECT * FROM log ORDER BY seq DESC LIMIT 1');
    if (!last) return;
    ({ seq: this.seq, at: this.at, cursor: this.cursor } = last);
    this.open = JSON.parse(last.open);
    this.totals = JSON.parse(last.totals);
  }

  /** To be called inside a transaction: a delivery settles and leaves the retries in one. */
  commit({ at, cursor, open, totals, settled, retries, reopened }: Commit): void {
    const seq = this.seq + 1;
    const kinds = [...new Set(settled.filter((it) => !isNoted(it)).map(kindOf))].join(' ');
    const texts = [open, totals].map((value) => JSON.stringify(value));
    const more = [reopened, settled].map((value) => JSON.stringify(value));
    this.#sql.exec('INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?)', seq, at, cursor, ...texts, kinds, ...more);
    for (const { job, due } of retries) {
      this.dueFrom(due);
      const values = [job.n, due, job.event.event, JSON.stringify(job)];
      this.#sql.exec('INSERT OR REPLACE INTO retries VALUES (?, ?, ?, ?)', ...values);
    }
    const ended = JSON.stringify(settled.map(({ n }) => n));
    this.#sql.exec('DELETE FROM retries WHERE n IN (SELECT value FROM json_each(?))', ended);
    for (const it of settled.filter(isNoted))
      this.#sql.exec('INSERT OR REPLACE INTO noted VALUES (?, ?, ?)', it.n, seq, kindOf(it));
    Object.assign(this, { seq, at, cursor, open, totals });
  }

  /** A retry was given this time. */
  dueFrom(due: number): void {
    this.#earliest = Math.min(this.#earliest, due);
  }

  /** Retries due by `until`, the earliest first. Asked before every delivery, so the disk is asked only if one may be. */
  due(until: number, limit: number): Job[] {
    if (this.#earliest > until) return [];
    const query = 'SELECT * FROM retries WHERE due <= ? ORDER BY due LIMIT ?';
    const jobs: Job[] = [];
    let chars = 0;
    for (const { job } of this.#sql.exec<RetryRow>(query, until, limit)) {
      jobs.push(JSON.parse(job));
      chars += job.length;
      if (chars >= READ_CHARS_MAX) break;
    }
    if (jobs.length === 0) this.#earliest = this.nextDue([]) ?? Number.POSITIVE_INFINITY;
    return jobs;
  }

  /** When the next retry that is not in `begun` is due. */
  nextDue(begun: readonly number[]): number | null {
    const [row] = this.#sql.exec<{ due: number | null }>(
      'SELECT MIN(due) AS due FROM retries WHERE n NOT IN (SELECT value FROM json_each(?))',
      JSON.stringify(begun),
    );
    return row?.due ?? null;
  }

  /** What was begun and has not ended, by event name: open, or waiting for a retry. */
  unended(): EventCounts {
    const query = 'SELECT event, COUNT(*) AS count FROM retries GROUP BY event';
    const rows = this.#sql.exec<{ event: EventName; count: number }>(query);
    const counts: EventCounts = Object.fromEntries([...rows].map(({ event, count }) => [event, count]));
    for (const [, name] of this.open) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  }

  /** Deliveries that wait, from position `before` down; `event` is an SQL LIKE pattern. */
  retriesDown(before: number, event: string): Iterable<RetryRow> {
    const query = 'SELECT * FROM retries WHERE n < ? AND event LIKE ? ORDER BY n DESC';
    return this.#sql.exec<RetryRow>(query, before, event);
  }

  retry(n: number): RetryRow | null {
    return this.#sql.exec<RetryRow>('SELECT * FROM retries WHERE n = ?', n).toArray()[0] ?? null;
  }

  isWaiting(n: number): boolean {
    return this.retry(n) !== null;
  }

  /** Noted ends from position `before` down; `kind` is an SQL LIKE pattern. */
  notedDown(before: number, kind: string): Iterable<{ n: number; seq: number }> {
    return this.#sql.exec<{ n: number; seq: number }>(
      'SELECT n, seq FROM noted WHERE n < ? AND kind LIKE ? ORDER BY n DESC',
      before,
      kind,
    );
  }

  noted(n: number): number | null {
    return this.#sql.exec<{ seq: number }>('SELECT seq FROM noted WHERE n = ?', n).toArray()[0]?.seq ?? null;
  }

  row(seq: number): LogEntry | null {
    const [row] = this.#sql.exec<LogRow>('SELECT * FROM log WHERE seq = ?', seq);
    return row ? entryOf(row) : null;
  }

  /** The log row after `seq`. One question, because a cursor that is left takes its compiled statement with it. */
  next(seq: number): LogEntry | null {
    const [row] = this.#sql.exec<LogRow>('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT 1', seq);
    return row ? entryOf(row) : null;
  }

  /** Log rows after `seq`, oldest first. */
  *since(seq: number): Iterable<LogEntry> {
    for (const row of this.#sql.exec<LogRow>('SELECT * FROM log WHERE seq > ? ORDER BY seq', seq)) yield entryOf(row);
  }

  /** Log rows up to `seq`, newest first, in which a delivery of a kind (SQL LIKE pattern) ended that is not noted. */
  *backFrom(seq: number, kind: string): Iterable<LogEntry> {
    const query = "SELECT * FROM log WHERE seq <= ? AND ' ' || kinds || ' ' LIKE ? ORDER BY seq DESC";
    for (const row of this.#sql.exec<LogRow>(query, seq, `% ${kind} %`)) yield entryOf(row);
  }

  /** The last row that was committed by `time`: found by halving, because the log's time never runs back. */
  seqAt(time: number): number {
    let [low, high] = [0, this.seq];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [row] = this.#sql.exec<{ at: number }>('SELECT at FROM log WHERE seq >= ? ORDER BY seq LIMIT 1', middle);
      if (row && row.at > time) high = middle - 1;
      else low = middle;
    }
    return low;
  }
}

/** Late, badly or again: no search through the log's order would find it. */
const isNoted = ({ status, from, at, ended_at }: Settled): boolean =>
  status === 'failed' || from !== undefined || ended_at - at > PROMPT_MS;

const entryOf = ({ seq, at, settled }: LogRow): LogEntry => ({
  seq,
  at,
  settled: JSON.parse(settled),
  chars: settled.length,
});

/** `status:event`: what a filter asks for. */
export const kindOf = ({ status, event }: Pick<Settled, 'status' | 'event'>) => `${status}:${event.event}`;
