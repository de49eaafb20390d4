// Begins the jobs of a lane: as many as there are connections, no faster than its throttle allows, new events and
// earlier ones in turns. It knows nothing of the journal and writes nothing: each turn that ends is handed back.
import { attempt } from './attempt.ts';
import type { Outside } from './deliver.ts';
import { ERASED } from './erase.ts';
import type { InFlight, Job, Turn } from './in-flight.ts';
import type { LaneTables } from './lane-tables.ts';
import { LANE_HEARTBEAT_MS, LANE_QUEUE_LOW } from './limits.ts';
import type { LaneConfig } from './rpc.ts';
import { allowance, Pace } from './throttle.ts';

export type SenderParts = {
  work: InFlight;
  log: LaneTables;
  outside: Outside;
  random: () => number;
  ended: (turn: Turn) => void;
  /** Called when the pace allows more. */
  resume: () => void;
};

export class Sender {
  readonly #parts: SenderParts;
  readonly #pace = new Pace();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #stopped = false;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** Begins what may begin now, and comes back by itself when the pace allows more. */
  pump(config: LaneConfig): void {
    const { work, log, outside } = this.#parts;
    const { enabled } = config.integration;
    const now = outside.now();
    if (work.earlier === 0) work.again(log.due(enabled ? now : Number.MAX_SAFE_INTEGER, LANE_QUEUE_LOW));
    if (!enabled) {
      this.#skip(config);
      return;
    }
    const { connections, perSecond } = allowance(log.totals.health, config.integration.max_per_second, now);
    while (work.busy < connections) {
      const wait = this.#pace.wait(now);
      if (wait > 0) {
        this.#later(wait);
        return;
      }
      const job = work.next();
      if (!job) return;
      if (job.event.erased) {
        this.#parts.ended({ kind: 'settled', job, status: 'skipped', reason: ERASED });
        continue;
      }
      this.#pace.begin(now, perSecond);
      void this.#send(job, config);
    }
  }

  /** When the alarm has to look again (ms): for what waits, and as a heartbeat while anything is not written down. */
  nextSend(): number | null {
    const { work, log, outside } = this.#parts;
    const heartbeat = outside.now() + LANE_HEARTBEAT_MS;
    const due = log.nextDue(work.begun);
    // What has begun has its row still, due in the past: were we to die now, only this alarm would find it.
    const unwritten = work.pending > 0 || work.open.size > 0 || work.begun.length > 0;
    return unwritten ? Math.min(heartbeat, Math.max(due ?? heartbeat, outside.now() + 1)) : due;
  }

  /** What is still under way ends unheard. */
  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #send(job: Job, config: LaneConfig): Promise<void> {
    const turn = await attempt(job, config, this.#parts.outside, this.#parts.random());
    if (!this.#stopped) this.#parts.ended(turn);
  }

  /** A disabled integration is sent nothing; what matches it is counted with the reason. */
  #skip({ integration }: LaneConfig): void {
    const { work, ended } = this.#parts;
    for (let job = work.next(); job; job = work.next())
      ended({
        kind: 'settled',
        job,
        status: 'skipped',
        reason: job.event.erased ? ERASED : integration.disabled_reason,
      });
  }

  #later(wait: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#parts.resume();
    }, wait);
  }
}
