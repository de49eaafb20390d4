// Windows of outcomes that are to be written to KV again, because a person in them was erased: a row a window, so that
// it does not matter in how many a person was. Owns no content: what a window holds is read from the log when its turn
// comes. Trade-off: a window that is touched again while it is being written is written once more.

/** `start`: of the window, ms; `seq`: a row of the log in it; `erasures`: how many touched it. */
export type Rewrite = { start: number; seq: number; erasures: number };
/** As a list in one value, as 0.1.0 kept them: all were written anew after each. */
export type FormerRewrites = { seq: number; at: number; erasures?: number }[];

export class Rewrites {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS rewrites (start INTEGER PRIMARY KEY, seq INTEGER NOT NULL, erasures INTEGER NOT NULL)',
    );
  }

  /** To be called in the transaction that erases. */
  add(start: number, seq: number): void {
    this.#sql.exec(
      'INSERT INTO rewrites VALUES (?, ?, 1) ON CONFLICT (start) DO UPDATE SET erasures = erasures + 1',
      start,
      seq,
    );
  }

  /** The first after `start`. */
  next(start: number): Rewrite | null {
    const query = 'SELECT * FROM rewrites WHERE start > ? ORDER BY start LIMIT 1';
    return this.#sql.exec<Rewrite>(query, start).toArray()[0] ?? null;
  }

  /** It was written, unless it was touched meanwhile. */
  done({ start, erasures }: Rewrite): void {
    this.#sql.exec('DELETE FROM rewrites WHERE start = ? AND erasures = ?', start, erasures);
  }
}
