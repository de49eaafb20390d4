// How long an attempt may take: gives each a signal that aborts when its time is over. Those that begin close together
// share a signal and a timer, because one of each for every attempt is a twelfth of what it costs. When the last of
// them has ended the timer goes: an idle object can hibernate, and none comes near the 10,000 timers that it may have.
// Not AbortSignal.timeout: it cannot be taken back. Trade-off: an attempt may be given up to DEADLINE_STEP_MS more.
import { DEADLINE_STEP_MS } from './limits.ts';

export type Deadline = { signal: AbortSignal; end(): void };

/** Attempts that began within a step from `opened` on (ms); `running` of them have not ended. */
type Group = { abort: AbortController; opened: number; running: number; timer: ReturnType<typeof setTimeout> };

export class Deadlines {
  /** What each attempt is given at least. */
  readonly timeoutMs: number;
  readonly #now: () => number;
  #newest: Group | null = null;

  constructor(timeoutMs: number, now: () => number) {
    this.timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** For an attempt that begins now; `end()` must follow, whatever comes of it. */
  begin(): Deadline {
    const now = this.#now();
    const newest = this.#newest;
    // One that was opened later than now is older than it looks: the clock ran back.
    const joins = newest && newest.opened <= now && now < newest.opened + DEADLINE_STEP_MS;
    const group = joins ? newest : this.#open(now);
    group.running++;
    return { signal: group.abort.signal, end: () => this.#end(group) };
  }

  #open(now: number): Group {
    const abort = new AbortController();
    const timer = setTimeout(() => {
      this.#close(group);
      abort.abort();
    }, this.timeoutMs + DEADLINE_STEP_MS);
    const group: Group = { abort, opened: now, running: 0, timer };
    this.#newest = group;
    return group;
  }

  #end(group: Group): void {
    group.running--;
    if (group.running > 0) return;
    clearTimeout(group.timer);
    this.#close(group);
  }

  #close(group: Group): void {
    if (this.#newest === group) this.#newest = null;
  }
}
