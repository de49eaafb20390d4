// Single named values of a Durable Object (its configuration, how far something was published), as JSON.
// For what changes rarely: each write is a row, so whatever moves with every event lives in the log's own rows.

export class Marks<Names extends Record<string, unknown>> {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID');
  }

  get<N extends keyof Names & string>(name: N): Names[N] | null {
    const [row] = this.#sql.exec<{ value: string }>('SELECT value FROM marks WHERE name = ?', name);
    return row ? JSON.parse(row.value) : null;
  }

  set<N extends keyof Names & string>(name: N, value: Names[N]): void {
    this.#sql.exec('INSERT OR REPLACE INTO marks (name, value) VALUES (?, ?)', name, JSON.stringify(value));
  }
}
