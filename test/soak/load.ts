// Visitors' pages, as the collector knows them: at a steady rate, in a rush when told so, and never giving up an event.
// Owns which events were raised, which the collector acknowledged, and sending again, with the same id, what it did not.
// A few acknowledged beacons are sent a second time all the same, as browsers do when an answer is lost on its way.
// Trade-off: one process, so its rushes are as fast as this machine, not as a crowd.
import type { WireEvent } from '../../worker/beacon.ts';
import { BEACON_EVENTS_MAX } from '../../worker/limits.ts';
import { newSignUp, post } from '../support/client.ts';
import type { Chance } from './chance.ts';

const TICK_MS = 50;
const EVENTS_A_BEACON_MAX = 3;
const REPEATED_RATIO = 0.02;
const RUSHING = 8;

export class Load {
  readonly acknowledged = new Set<string>();
  /** Sent again after they had been acknowledged. */
  repeated = 0;
  /** Answers that no tracker should ever get. */
  readonly problems: string[] = [];
  readonly #outbox = new Map<string, WireEvent>();
  readonly #underway = new Set<Promise<void>>();
  readonly #siteId: string;
  readonly #chance: Chance;
  #url: string;
  #pace: NodeJS.Timeout | undefined;
  #rushing = false;

  constructor(url: string, siteId: string, chance: Chance) {
    this.#url = url;
    this.#siteId = siteId;
    this.#chance = chance;
  }

  /** Acknowledged or not. */
  get raised(): number {
    return this.acknowledged.size + this.#outbox.size;
  }

  /** Those of the acknowledged that are not among these. */
  unknownTo(ids: ReadonlySet<string>): string[] {
    return [...this.acknowledged].filter((id) => !ids.has(id));
  }

  /** Raises so many events a second until told to stop. */
  begin(perSecond: number): void {
    let due = 0;
    let then = performance.now();
    this.#pace = setInterval(() => {
      const now = performance.now();
      due += ((now - then) / 1_000) * perSecond;
      then = now;
      while (due >= 1) {
        const count = Math.min(Math.floor(due), Math.floor(this.#chance.between(1, EVENTS_A_BEACON_MAX + 1)));
        due -= count;
        this.#track(this.#raise(count));
      }
    }, TICK_MS);
  }

  /** As many as go, until `calm`. */
  rush(): void {
    this.#rushing = true;
    const hurry = async () => {
      while (this.#rushing) if (!(await this.#raise(1))) return;
    };
    for (let i = 0; i < RUSHING; i++) this.#track(hurry());
  }

  /** Nothing new is raised any more, and nothing is under way when this resolves. */
  async pause(): Promise<void> {
    clearInterval(this.#pace);
    this.#rushing = false;
    await Promise.all(this.#underway);
  }

  /** Sends what was not acknowledged, to where the collector is now. */
  async resend(url: string): Promise<void> {
    this.#url = url;
    const events = [...this.#outbox.values()];
    for (let from = 0; from < events.length; from += BEACON_EVENTS_MAX)
      await this.#deliver(events.slice(from, from + BEACON_EVENTS_MAX));
  }

  #track(work: Promise<unknown>): void {
    const tracked = work.then(() => void this.#underway.delete(tracked));
    this.#underway.add(tracked);
  }

  /** Whether they were acknowledged; if not they stay in the outbox. */
  async #raise(count: number): Promise<boolean> {
    const events = Array.from({ length: count }, () => newSignUp());
    for (const event of events) this.#outbox.set(event.id, event);
    const repeat = !this.#rushing && this.#chance.between(0, 1) < REPEATED_RATIO;
    try {
      await this.#deliver(events);
      if (repeat) await this.#repeat(events);
      return true;
    } catch (error) {
      // Away or killed: fetch's own error. Everything that was answered in words is not what a tracker repeats.
      if (error instanceof Error && /^(?!5)\d{3} /.test(error.message)) this.problems.push(error.message);
      return false;
    }
  }

  async #deliver(events: WireEvent[]): Promise<void> {
    const { rejected } = await post(this.#url, this.#siteId, events);
    if (rejected.length > 0) this.problems.push(`rejected: ${JSON.stringify(rejected)}`);
    for (const { id } of events) {
      this.#outbox.delete(id);
      this.acknowledged.add(id);
    }
  }

  async #repeat(events: WireEvent[]): Promise<void> {
    const { accepted } = await post(this.#url, this.#siteId, events);
    if (accepted > 0) this.problems.push(`${accepted} of ${events.length} were accepted a second time`);
    this.repeated += events.length;
  }
}
