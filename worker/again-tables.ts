// Deliveries that were sent again, by the hour in which they had ended. A series shows a delivery in the hour of its
// last end alone: what ended in an hour, less what stands here. One row an hour, and only where there was a replay.
import type { EventName } from './event.ts';
import { HOUR_BUCKET_MS } from './limits.ts';
import type { Ended } from './rpc.ts';

const hourOf = (ms: number) => Math.floor(ms / HOUR_BUCKET_MS);

export class Again {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS again (hour INTEGER PRIMARY KEY, succeeded INTEGER NOT NULL,
      failed INTEGER NOT NULL, skipped INTEGER NOT NULL)`);
  }

  /** To be called in the transaction that takes them back from the totals. */
  note(reopened: readonly [n: number, name: EventName, status: keyof Ended, endedAt: number][]): void {
    const hours = new Map<number, Ended>();
    for (const [, , status, endedAt] of reopened) {
      const counts = hours.get(hourOf(endedAt)) ?? { succeeded: 0, failed: 0, skipped: 0 };
      counts[status]++;
      hours.set(hourOf(endedAt), counts);
    }
    for (const [hour, { succeeded, failed, skipped }] of hours)
      this.#sql.exec(
        `INSERT INTO again VALUES (?, ?, ?, ?) ON CONFLICT (hour) DO UPDATE SET succeeded = succeeded + excluded.succeeded,
          failed = failed + excluded.failed, skipped = skipped + excluded.skipped`,
        ...[hour, succeeded, failed, skipped],
      );
  }

  /** By the beginning of the hour (ms). */
  since(from: number): Map<number, Ended> {
    const rows = this.#sql.exec<{ hour: number } & Ended>('SELECT * FROM again WHERE hour >= ?', hourOf(from));
    return new Map([...rows].map(({ hour, ...ended }) => [hour * HOUR_BUCKET_MS, ended]));
  }

  prune(before: number): void {
    this.#sql.exec('DELETE FROM again WHERE hour < ?', hourOf(before));
  }
}
