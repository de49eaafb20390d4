// What a Durable Object has to do later: named duties with the time at which each is due, on disk. The alarm always
// stands at the earliest of them, past ones included: an alarm set only from future rows forgets the duty that
// came due meanwhile. Writes only when a time really moves, because each is a row that production bills.
import { LANE_BACKOFF_MS } from './limits.ts';

export class Agenda<Duty extends string> {
  readonly #storage: DurableObjectStorage;
  readonly #due: Map<Duty, number>;
  /** Duties under way, each with the time at which it was wished for again meanwhile. */
  readonly #running = new Map<Duty, number>();
  /** Where the alarm stands at the earliest, as far as this instance knows; unknown after a restart. */
  #alarm = Number.POSITIVE_INFINITY;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec('CREATE TABLE IF NOT EXISTS agenda (duty TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID');
    const rows = storage.sql.exec<{ duty: Duty; due: number }>('SELECT duty, due FROM agenda');
    this.#due = new Map([...rows].map(({ duty, due }) => [duty, due]));
  }

  /** Due at `at` (ms), or sooner where it already was. While it runs, a wish for more is kept for afterwards. */
  soon(duty: Duty, at: number): void {
    const due = this.#running.has(duty) ? this.#running.get(duty) : this.#due.get(duty);
    if ((due ?? Number.POSITIVE_INFINITY) <= at) return;
    if (this.#running.has(duty)) this.#running.set(duty, at);
    else this.#write(duty, at);
    this.arm();
  }

  /** All that are to be done, now or later. */
  get duties(): Duty[] {
    return [...this.#due.keys()];
  }

  /** No longer due, unless it is under way. */
  done(duty: Duty): void {
    if (!this.#running.has(duty)) this.#write(duty, Number.POSITIVE_INFINITY);
  }

  /**
   * For `alarm()`: runs what is due, each duty for itself; `work` answers when it is due again, or null. The row goes
   * only after the work was done, so that a crash repeats it; work that throws is logged and comes again.
   */
  async run(now: () => number, work: (duty: Duty) => Promise<number | null>): Promise<void> {
    this.#alarm = Number.POSITIVE_INFINITY;
    for (const duty of this.duties) {
      // Looked up anew: it may have been done while another was under way.
      if ((this.#due.get(duty) ?? Number.POSITIVE_INFINITY) > now()) continue;
      this.#running.set(duty, Number.POSITIVE_INFINITY);
      const again = await work(duty).catch((error) => {
        console.error(`${duty} failed and will be tried again:`, error);
        return now() + LANE_BACKOFF_MS;
      });
      const wished = this.#running.get(duty) ?? Number.POSITIVE_INFINITY;
      this.#running.delete(duty);
      this.#write(duty, Math.min(again ?? Number.POSITIVE_INFINITY, wished));
    }
    this.arm();
  }

  /** Moves the alarm to the earliest duty when that is sooner; an alarm that is too early finds nothing and re-arms. */
  arm(): void {
    const times = [...this.#due].map(([duty, due]) => this.#running.get(duty) ?? due);
    const earliest = Math.min(...times);
    if (earliest >= this.#alarm) return;
    this.#alarm = earliest;
    void this.#storage.setAlarm(earliest);
  }

  #write(duty: Duty, at: number): void {
    if (this.#due.get(duty) === at) return;
    if (Number.isFinite(at)) {
      this.#storage.sql.exec('INSERT OR REPLACE INTO agenda (duty, due) VALUES (?, ?)', duty, at);
      this.#due.set(duty, at);
    } else {
      this.#storage.sql.exec('DELETE FROM agenda WHERE duty = ?', duty);
      this.#due.delete(duty);
    }
  }
}
