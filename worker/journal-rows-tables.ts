// The rows of a journal's log as the audit, erasure and retention need them: read to be recounted, written over,
// removed. How events are appended and read by lanes is journal-tables.ts. Trade-off: rows of a person are found by a
// search for the text of an id, which reads everything but parses only what it finds.
import type { Link } from './audit.ts';
import type { Event } from './event.ts';
import type { JournalTotals } from './journal-tables.ts';
import type { Journaled } from './rpc.ts';

type Row = { first: number; at: number; events: string; totals: string };

/** `next`: where the segment after it begins. */
export type Segment = { first: number; next: number; at: number; entries: Journaled[]; totals: JournalTotals };

export class JournalRows {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  *down(): Iterable<Link<Segment>> {
    for (const row of this.#sql.exec<Row>('SELECT * FROM segments ORDER BY first DESC')) yield linkOf(row);
  }

  *up(from: number): Iterable<Link<Segment>> {
    const query = 'SELECT * FROM segments WHERE first >= ? ORDER BY first';
    for (const row of this.#sql.exec<Row>(query, from)) yield linkOf(row);
  }

  /**
   * Segments from a position on in which one of the texts occurs, one by one: together they may be more than fits in
   * memory. They may be written over meanwhile.
   */
  *mentioning(texts: readonly string[], from: number): Iterable<{ first: number; text: string; events: Event[] }> {
    const found = this.#sql
      .exec<{ first: number }>(
        'SELECT first FROM segments WHERE first >= ? AND EXISTS (SELECT 1 FROM json_each(?) WHERE instr(events, value) > 0)',
        from,
        JSON.stringify(texts),
      )
      .toArray();
    for (const { first } of found) {
      const { events } = this.#sql.exec<Row>('SELECT * FROM segments WHERE first = ?', first).one();
      yield { first, text: events, events: JSON.parse(events) };
    }
  }

  rewrite(first: number, events: string): void {
    this.#sql.exec('UPDATE segments SET events = ? WHERE first = ?', events, first);
  }

  /** The last of the oldest segments, at most `limit`, that are older than a time and end before a position. */
  expired(before: number, position: number, limit: number): Segment | null {
    let last: Segment | null = null;
    const query = `SELECT * FROM segments WHERE at < ? AND first < (SELECT MAX(first) FROM segments)
      ORDER BY first LIMIT ?`;
    for (const row of this.#sql.exec<Row>(query, before, limit)) {
      const segment = linkOf(row).read();
      if (segment.next > position) break;
      last = segment;
    }
    return last;
  }

  drop(through: number): void {
    this.#sql.exec('DELETE FROM segments WHERE first <= ?', through);
  }

  /** When the oldest segment was committed, where it is not also the newest. */
  oldest(): number | null {
    const rows = this.#sql.exec<{ at: number }>('SELECT at FROM segments ORDER BY first LIMIT 2').toArray();
    return rows.length > 1 ? (rows[0]?.at ?? null) : null;
  }
}

const linkOf = (row: Row): Link<Segment> => ({
  place: row.first,
  chars: row.events.length + row.totals.length,
  read: () => {
    const events: Event[] = JSON.parse(row.events);
    return {
      first: row.first,
      next: row.first + Math.max(1, events.length),
      at: row.at,
      entries: events.map((event, i) => ({ n: row.first + i, at: row.at, event })),
      totals: JSON.parse(row.totals),
    };
  },
});
