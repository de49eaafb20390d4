// Running totals as they stood at the end of each hour: the hourly series are their differences. One row an hour,
// whatever the traffic. Hours in which nothing happened have no row: their difference is nought.
import { HOUR_BUCKET_MS } from './limits.ts';

export class Hours<Totals> {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec('CREATE TABLE IF NOT EXISTS hours (hour INTEGER PRIMARY KEY, totals TEXT NOT NULL)');
  }

  /** Before the first change of a new hour: keeps the totals as the hour of the change before left them. */
  close(lastAt: number, now: number, totals: Totals): void {
    const hour = Math.floor(lastAt / HOUR_BUCKET_MS);
    if (lastAt === 0 || hour === Math.floor(now / HOUR_BUCKET_MS)) return;
    this.#sql.exec('INSERT OR REPLACE INTO hours (hour, totals) VALUES (?, ?)', hour, JSON.stringify(totals));
  }

  /** Closed hours from `since` on (ms), with the one before them as the base, then the hour of `lastAt` as it stands. */
  series(since: number, lastAt: number, totals: Totals): { t: number; totals: Totals; before: Totals | null }[] {
    const first = Math.floor(since / HOUR_BUCKET_MS);
    const rows = this.#sql
      .exec<{ hour: number; totals: string }>(
        'SELECT hour, totals FROM hours WHERE hour >= (SELECT COALESCE(MAX(hour), 0) FROM hours WHERE hour < ?) ORDER BY hour',
        first,
      )
      .toArray()
      .map(({ hour, totals }) => ({ hour, totals: JSON.parse(totals) as Totals }));
    if (lastAt > 0) rows.push({ hour: Math.floor(lastAt / HOUR_BUCKET_MS), totals });
    return rows.flatMap((row, i) =>
      row.hour < first
        ? []
        : [{ t: row.hour * HOUR_BUCKET_MS, totals: row.totals, before: rows[i - 1]?.totals ?? null }],
    );
  }

  /** The newest hour before stays, as the base of the first that is kept. */
  prune(before: number): void {
    const first = Math.floor(before / HOUR_BUCKET_MS);
    this.#sql.exec('DELETE FROM hours WHERE hour < (SELECT MAX(hour) FROM hours WHERE hour < ?)', first);
  }
}
