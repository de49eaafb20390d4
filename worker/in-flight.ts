// What a lane holds in memory: entries taken from the journal and not begun, jobs under way, jobs ended and not yet
// committed. Owns the order in which jobs begin; owns no disk and sends nothing, so losing it loses nothing.
// Fairness: new events and earlier ones (retries) take turns while both have something to send.
import type { EndStatus } from './delivery.ts';
import { ERASED, eraseDelivery, isOf } from './erase.ts';
import { charsOf, type EventName } from './event.ts';
import { LANE_QUEUE_CHARS_MAX, LANE_QUEUE_LOW, LANE_QUEUE_MAX, SEGMENT_CHARS_MAX } from './limits.ts';
import type { Journaled, Person } from './rpc.ts';
import type { Attempts } from './schedule.ts';

/** `from`: how many attempts were before the latest replay; the schedule begins anew after them. */
export type Job = Journaled & Attempts & { from?: number };

/** How a job's turn ended. `reason` in words, for failed and skipped. */
export type Turn =
  | { kind: 'settled'; job: Job; status: EndStatus; reason: string | null }
  | { kind: 'retry'; job: Job; due: number };

export class InFlight {
  /** The last position of the journal that was looked at. */
  position: number;
  /** Begun for the first time and not yet committed as settled or waiting: what a restart has to begin again. */
  readonly open: Map<number, EventName>;
  #queue: Job[] = [];
  /** Of the queue. */
  #chars = 0;
  #earlier: Job[] = [];
  readonly #begun = new Set<number>();
  #turns: Turn[] = [];
  #busy = 0;
  #earlierNext = false;
  /** What of these persons is here, or still on its way from the journal, loses its content. */
  #erased: { person: Person; through: number }[] = [];

  constructor(position: number, open: Iterable<[number, EventName]>) {
    this.position = position;
    this.open = new Map(open);
  }

  /** Every entry up to here is settled, waiting for a retry, or in `open`. */
  get cursor(): number {
    return this.#queue[0] ? this.#queue[0].n - 1 : this.position;
  }

  get busy(): number {
    return this.#busy;
  }

  get pending(): number {
    return this.#queue.length + this.#earlier.length + this.#busy;
  }

  /** For so many more that come at once. */
  hasRoom(count: number): boolean {
    return this.#queue.length + count <= LANE_QUEUE_MAX && this.#chars <= LANE_QUEUE_CHARS_MAX;
  }

  /** So little is queued that more should be read. */
  get isLow(): boolean {
    return this.#queue.length < LANE_QUEUE_LOW && this.#chars <= LANE_QUEUE_CHARS_MAX;
  }

  /** Earlier jobs that wait for a connection. */
  get earlier(): number {
    return this.#earlier.length;
  }

  /** Positions begun and not yet committed. */
  get begun(): number[] {
    return [...this.#begun];
  }

  /** Positions in `open` that a restart has taken from memory. */
  get lost(): number[] {
    return [...this.open.keys()].filter((n) => !this.#known(n));
  }

  /** New entries that follow on what was looked at; false where there is a gap between. */
  take(after: number, entries: readonly Journaled[], through: number): boolean {
    if (after > this.position) return false;
    for (const entry of entries) {
      if (entry.n <= this.position) continue;
      this.#queue.push({ ...entry, attempts: [] });
      this.#chars += charsOf(entry.event);
    }
    this.position = Math.max(this.position, through);
    return true;
  }

  /** Entries from before the cursor, to be sent as well: retries that are due, and what a restart lost. */
  again(jobs: readonly Job[]): void {
    for (const job of jobs) if (!this.#known(job.n)) this.#earlier.push(job);
  }

  next(): Job | null {
    const earlier = this.#earlier.length > 0 && (this.#earlierNext || this.#queue.length === 0);
    const job = (earlier ? this.#earlier : this.#queue).shift();
    if (!job) return null;
    this.#earlierNext = !earlier;
    if (!earlier) {
      this.open.set(job.n, job.event.event);
      this.#chars -= charsOf(job.event);
    }
    this.#begun.add(job.n);
    this.#busy++;
    return this.#clean(job);
  }

  end(turn: Turn): void {
    this.#busy--;
    this.#turns.push(turn);
  }

  /** Turns that have ended and are not yet drained. */
  get ended(): number {
    return this.#turns.length;
  }

  /** Ended turns to be committed now, as many as fit a row and at least one; they are no longer open. */
  drain(): Turn[] {
    let chars = 0;
    const beyond = this.#turns.findIndex(({ job }, i) => {
      chars += JSON.stringify(job).length;
      return i > 0 && chars > SEGMENT_CHARS_MAX;
    });
    const turns = this.#turns.splice(0, beyond === -1 ? this.#turns.length : beyond);
    for (const { job } of turns) {
      this.open.delete(job.n);
      this.#begun.delete(job.n);
    }
    const drained = turns.map((turn): Turn => {
      const job = this.#clean(turn.job);
      if (turn.kind === 'retry' && job.event.erased) return { kind: 'settled', job, status: 'skipped', reason: ERASED };
      return { ...turn, job };
    });
    this.#forgetErased();
    return drained;
  }

  /** From now on nothing of this person's entries up to a position is sent or written down. */
  erase(person: Person, through: number): void {
    this.#erased.push({ person, through });
    this.#queue = this.#queue.map((job) => this.#clean(job));
    this.#chars = this.#queue.reduce((chars, { event }) => chars + charsOf(event), 0);
    this.#earlier = this.#earlier.map((job) => this.#clean(job));
    this.#forgetErased();
  }

  /** Erasures that something may still come or end for. */
  get erasures(): number {
    return this.#erased.length;
  }

  #forgetErased(): void {
    if (this.#erased.length === 0) return;
    const oldest = Math.min(this.cursor + 1, ...this.#begun, ...this.open.keys());
    this.#erased = this.#erased.filter(({ through }) => through >= oldest);
  }

  #clean(job: Job): Job {
    const erased = this.#erased.some(({ person, through }) => job.n <= through && isOf(person, job.event));
    return erased ? eraseDelivery(job) : job;
  }

  #known(n: number): boolean {
    return this.#begun.has(n) || this.#earlier.some((job) => job.n === n);
  }
}
