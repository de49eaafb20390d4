// The log of a journal: one row a commit, holding its events and, beside them, the totals as they stand after it, so
// that events and counters can't part and any stretch of the log can be recounted. The position of an event is its
// segment's first + its place; a segment without events (only duplicates or refusals) uses up one position.
// Whether an event was accepted before is ids-tables.ts.
import type { Event } from './event.ts';
import { READ_CHARS_MAX, READ_EVENTS_MAX, SEGMENT_CHARS_MAX } from './limits.ts';
import type { EventCounts, Journaled } from './rpc.ts';

export type JournalTotals = {
  events: EventCounts;
  duplicate: number;
  refused: number;
  /** For each follower: how many events matched, and the position of the last that did. */
  followers: Record<string, { matching: EventCounts; last: number }>;
};

type Row = { first: number; at: number; events: string; totals: string };
type Segment = { events: Event[]; texts: string[]; chars: number };
/** What was appended, with its positions; `chars`: as text. */
export type Added = { entries: Journaled[]; chars: number };

export class JournalTables {
  readonly #sql: SqlStorage;
  /** What the last row says: caches, read anew when the object starts. */
  totals: JournalTotals = { events: {}, duplicate: 0, refused: 0, followers: {} };
  head = 0;
  at = 0;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS segments (first INTEGER PRIMARY KEY, at INTEGER NOT NULL, events TEXT NOT NULL, totals TEXT NOT NULL);
    `);
    const [last] = this.#sql.exec<Row>('SELECT * FROM segments ORDER BY first DESC LIMIT 1');
    if (!last) return;
    this.totals = JSON.parse(last.totals);
    this.head = last.first + Math.max(1, (JSON.parse(last.events) as Event[]).length) - 1;
    this.at = last.at;
  }

  /** Adds as many segments as the events need, one where there are none. Answers them with their positions. */
  add(events: readonly Event[], at: number, count: (totals: JournalTotals, entry: Journaled) => void): Added {
    const added: Added = { entries: [], chars: 0 };
    for (const segment of segmentsOf(events)) {
      added.entries.push(...this.#addSegment(segment, at, count));
      added.chars += segment.chars;
    }
    return added;
  }

  #addSegment(
    { events, texts }: Segment,
    at: number,
    count: (totals: JournalTotals, entry: Journaled) => void,
  ): Journaled[] {
    const first = this.head + 1;
    const entries = events.map((event, i) => ({ n: first + i, at, event }));
    for (const entry of entries) count(this.totals, entry);
    const rows = [first, at, `[${texts.join(',')}]`, JSON.stringify(this.totals)];
    this.#sql.exec('INSERT INTO segments VALUES (?, ?, ?, ?)', ...rows);
    this.head = first + Math.max(1, events.length) - 1;
    this.at = at;
    return entries;
  }

  /** Entries after a position that `wanted` takes, until the answer is full; `through` is the last one looked at. */
  read(after: number, wanted: (entry: Journaled) => boolean) {
    const events: Journaled[] = [];
    let through = after;
    let chars = 0;
    for (const row of this.#from(after + 1)) {
      const entries = entriesOf(row).filter(({ n }) => n > after);
      events.push(...entries.filter(wanted));
      through = entries.at(-1)?.n ?? Math.max(through, row.first);
      chars += row.events.length;
      if (events.length >= READ_EVENTS_MAX || chars >= READ_CHARS_MAX) break;
    }
    return { events, through, more: through < this.head };
  }

  /** Entries between two positions that `wanted` takes, the newest first. */
  readBack(before: number, after: number, wanted: (entry: Journaled) => boolean, limit: number): Journaled[] {
    const entries: Journaled[] = [];
    const query = 'SELECT * FROM segments WHERE first < ? ORDER BY first DESC';
    for (const row of this.#sql.exec<Row>(query, before)) {
      const within = entriesOf(row).filter((entry) => entry.n > after && entry.n < before && wanted(entry));
      entries.push(...within.reverse());
      if (entries.length >= limit || row.first <= after) break;
    }
    return entries.slice(0, limit);
  }

  /** Entries after a position, oldest first. */
  *after(n: number): Iterable<Journaled> {
    for (const row of this.#from(n + 1)) for (const entry of entriesOf(row)) if (entry.n > n) yield entry;
  }

  /** The entry at a position. */
  entry(n: number): Journaled | undefined {
    const [row] = this.#sql.exec<Row>('SELECT * FROM segments WHERE first <= ? ORDER BY first DESC LIMIT 1', n);
    return row && entriesOf(row).find((entry) => entry.n === n);
  }

  /** How many entries after a position `wanted` takes, by event name. */
  tally(after: number, wanted: (entry: Journaled) => boolean): EventCounts {
    const counts: EventCounts = {};
    for (const row of this.#from(after + 1))
      for (const entry of entriesOf(row))
        if (entry.n > after && wanted(entry)) counts[entry.event.event] = (counts[entry.event.event] ?? 0) + 1;
    return counts;
  }

  #from(n: number): Iterable<Row> {
    return this.#sql.exec<Row>(
      'SELECT * FROM segments WHERE first >= (SELECT COALESCE(MAX(first), 0) FROM segments WHERE first <= ?) ORDER BY first',
      n,
    );
  }
}

const entriesOf = ({ first, at, events }: Row): Journaled[] =>
  (JSON.parse(events) as Event[]).map((event, i) => ({ n: first + i, at, event }));

/** Parts of a group that each fit a row, at least one, one after the other; each event is written out once. */
function* segmentsOf(events: readonly Event[]): Iterable<Segment> {
  let segment: Segment = { events: [], texts: [], chars: 0 };
  for (const event of events) {
    const text = JSON.stringify(event);
    if (segment.chars > 0 && segment.chars + text.length > SEGMENT_CHARS_MAX) {
      yield segment;
      segment = { events: [], texts: [], chars: 0 };
    }
    segment.events.push(event);
    segment.texts.push(text);
    segment.chars += text.length;
  }
  yield segment;
}

export const sum = (counts: EventCounts): number => Object.values(counts).reduce((total, count) => total + count, 0);
