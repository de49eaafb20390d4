// Which events were accepted before, and where in the log they stand. Ids are random, so that one written alone costs a
// page of the disk; the newest are kept in memory and written together, in order, when there are enough. Nothing hangs
// on that memory: the log holds the same ids, and a restart reads those beyond the mark `indexed` from it.
// Two generations, because dropping a table bills no row and deleting rows does. Trade-off: a start reads more.
import { IDS_AT_HAND_MAX, IDS_AT_REST_MAX } from './limits.ts';
import type { Journaled } from './rpc.ts';

type Log = { head: number; after(n: number): Iterable<Journaled> };
/** Up to which position of the log the tables hold the ids. */
type Mark = { get(name: 'indexed'): number | null; set(name: 'indexed', n: number): void };

export class Ids {
  readonly #sql: SqlStorage;
  readonly #mark: Mark;
  /** Accepted and not in the tables; in the order of the log. */
  readonly #atHand = new Map<string, number>();

  constructor(storage: DurableObjectStorage, log: Log, mark: Mark) {
    this.#sql = storage.sql;
    this.#mark = mark;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS ids_before (id BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
    `);
    for (const { n, event } of log.after(this.#indexed(log.head))) this.#atHand.set(event.id, n);
  }

  /** Those of the ids that were accepted before. */
  seen(ids: readonly string[]): Set<string> {
    const rows = this.#sql
      .exec<{ value: string }>(
        `SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM ids WHERE id = unhex(value, '-'))
         OR EXISTS (SELECT 1 FROM ids_before WHERE id = unhex(value, '-'))`,
        JSON.stringify(ids),
      )
      .toArray();
    return new Set([...rows.map(({ value }) => value), ...ids.filter((id) => this.#atHand.has(id))]);
  }

  /** The position of an event. */
  find(id: string): number | null {
    const [row] = this.#sql.exec<{ n: number }>(
      "SELECT n FROM ids WHERE id = unhex(?1, '-') UNION ALL SELECT n FROM ids_before WHERE id = unhex(?1, '-')",
      id,
    );
    return this.#atHand.get(id.toLowerCase()) ?? row?.n ?? null;
  }

  /** In the transaction that appends the entries; should it fail, this is opened anew like the log. */
  add(entries: readonly Journaled[]): void {
    for (const { n, event } of entries) this.#atHand.set(event.id, n);
    if (this.#atHand.size >= IDS_AT_HAND_MAX) this.write();
  }

  /** While nothing presses: leaves no more to be read again than a start reads in a millisecond. */
  rest(): void {
    if (this.#atHand.size > IDS_AT_REST_MAX) this.write();
  }

  /** Writes down what is in memory alone. Never twice, whatever came in between. */
  write(): void {
    const last = [...this.#atHand.values()].at(-1);
    if (last === undefined) return;
    this.#sql.exec(
      "INSERT OR IGNORE INTO ids SELECT unhex(value ->> 0, '-') AS id, value ->> 1 FROM json_each(?) ORDER BY id",
      JSON.stringify([...this.#atHand]),
    );
    this.#mark.set('indexed', last);
    this.#atHand.clear();
  }

  /** Begins a new generation and forgets the one before the last. */
  turn(): void {
    this.write();
    this.#sql.exec('DROP TABLE ids_before; ALTER TABLE ids RENAME TO ids_before');
    this.#sql.exec('CREATE TABLE ids (id BLOB PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID');
  }

  /** Without a mark either nothing was ever written, or all was, at once, as it was done before there was one. */
  #indexed(head: number): number {
    const marked = this.#mark.get('indexed');
    if (marked !== null) return marked;
    if (this.#sql.exec('SELECT 1 FROM ids UNION ALL SELECT 1 FROM ids_before LIMIT 1').toArray().length === 0) return 0;
    this.#mark.set('indexed', head);
    return head;
  }
}
