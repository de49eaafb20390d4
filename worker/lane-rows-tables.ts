// The rows of a lane's log as the audit, erasure and retention need them: read to be recounted, written over, removed.
// What the lane itself does with its tables is lane-tables.ts. Trade-off: rows of a person are found by a search for
// the text of an id, which reads everything but parses only what it finds.
import type { Link } from './audit.ts';
import type { Job } from './in-flight.ts';
import type { Commit, LaneTotals, Settled } from './lane-tables.ts';

type Row = { seq: number; at: number; cursor: number; totals: string; settled: string; reopened?: string };

export type LaneLogRow = {
  seq: number;
  next: number;
  at: number;
  cursor: number;
  totals: LaneTotals;
  settled: Settled[];
  reopened: Commit['reopened'];
};
export type RowText = { seq: number; at: number; settled: string };

export class LaneRows {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  *down(): Iterable<Link<LaneLogRow>> {
    for (const row of this.#sql.exec<Row>('SELECT * FROM log ORDER BY seq DESC')) yield linkOf(row);
  }

  *up(from: number): Iterable<Link<LaneLogRow>> {
    for (const row of this.#sql.exec<Row>('SELECT * FROM log WHERE seq >= ? ORDER BY seq', from)) yield linkOf(row);
  }

  /**
   * Rows in which one of the texts occurs, one by one: together they may be more than fits in memory. They may be
   * written over meanwhile.
   */
  *mentioning(texts: readonly string[]): Iterable<RowText> {
    const found = this.#sql
      .exec<{ seq: number }>(
        'SELECT seq FROM log WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(settled, value) > 0)',
        JSON.stringify(texts),
      )
      .toArray();
    for (const { seq } of found)
      yield this.#sql.exec<RowText>('SELECT seq, at, settled FROM log WHERE seq = ?', seq).one();
  }

  rewrite(seq: number, settled: string): void {
    this.#sql.exec('UPDATE log SET settled = ? WHERE seq = ?', settled, seq);
  }

  /** The rows that were committed from `start` to before `end` (ms) around the row `seq`, oldest first. */
  around(seq: number, start: number, end: number): Settled[][] {
    // One question, read to its end: a cursor that is left keeps its statement, and the next has to be compiled anew.
    const query = `SELECT settled FROM log WHERE
      seq > COALESCE((SELECT seq FROM log WHERE seq <= ?1 AND at < ?2 ORDER BY seq DESC LIMIT 1), -1) AND
      seq < COALESCE((SELECT seq FROM log WHERE seq >= ?1 AND at >= ?3 ORDER BY seq LIMIT 1), ${Number.MAX_SAFE_INTEGER})
      ORDER BY seq`;
    const rows = this.#sql.exec<{ settled: string }>(query, seq, start, end).toArray();
    return rows.map(({ settled }) => JSON.parse(settled) as Settled[]);
  }

  *retriesMentioning(texts: readonly string[]): Iterable<{ job: Job; text: string }> {
    const found = this.#sql
      .exec<{ n: number }>(
        'SELECT n FROM retries WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE instr(job, value) > 0)',
        JSON.stringify(texts),
      )
      .toArray();
    for (const { n } of found) {
      const { job } = this.#sql.exec<{ job: string }>('SELECT job FROM retries WHERE n = ?', n).one();
      yield { job: JSON.parse(job), text: job };
    }
  }

  rewriteRetry(n: number, job: string, due: number): void {
    this.#sql.exec('UPDATE retries SET job = ?, due = ? WHERE n = ?', job, due, n);
  }

  /** The last of the oldest rows, at most `limit`, that are older than a time and may go; the newest row never. */
  expired(before: number, through: number, limit: number): LaneLogRow | null {
    const query = `SELECT * FROM log WHERE seq = (SELECT MAX(seq) FROM (SELECT seq, at FROM log
      WHERE seq <= ? AND seq < (SELECT MAX(seq) FROM log) ORDER BY seq LIMIT ?) WHERE at < ?)`;
    const [row] = this.#sql.exec<Row>(query, through, limit, before);
    return row ? linkOf(row).read() : null;
  }

  drop(through: number): void {
    this.#sql.exec('DELETE FROM log WHERE seq <= ?', through);
    this.#sql.exec('DELETE FROM noted WHERE seq <= ?', through);
  }

  /** When the oldest row was committed, where it is not also the newest. */
  oldest(): number | null {
    const rows = this.#sql.exec<{ at: number }>('SELECT at FROM log ORDER BY seq LIMIT 2').toArray();
    return rows.length > 1 ? (rows[0]?.at ?? null) : null;
  }
}

const linkOf = (row: Row): Link<LaneLogRow> => ({
  place: row.seq,
  chars: row.settled.length + row.totals.length,
  read: () => ({
    seq: row.seq,
    next: row.seq + 1,
    at: row.at,
    cursor: row.cursor,
    totals: JSON.parse(row.totals),
    settled: JSON.parse(row.settled),
    reopened: JSON.parse(row.reopened ?? '[]'),
  }),
});
