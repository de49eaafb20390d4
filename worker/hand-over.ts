// From the journal to the lanes that follow it: new entries are handed over at once; a lane that has not told the
// position of the last entry that matched it is woken again. Owns what each lane last told, in memory: after a restart
// all are woken once. Trade-off: a hand-over may fail or repeat, because the lane reads what it missed by itself.
import type { Follows } from './follows-tables.ts';
import { type Added, type JournalTables, type JournalTotals, sum } from './journal-tables.ts';
import { LANE_QUEUE_CHARS_MAX } from './limits.ts';
import type { LaneRpc } from './rpc.ts';

type Followers = JournalTotals['followers'];
/** For each follower, the position of the last entry that matched it. */
type Positions = ReadonlyMap<string, number>;
type LaneOf = (integrationId: string) => Pick<LaneRpc, 'offer' | 'wake' | 'needs'>;

export const lastOf = (followers: Followers): Positions =>
  new Map(Object.entries(followers).map(([id, { last }]) => [id, last]));

export class HandOver {
  readonly #lane: LaneOf;
  /** The durable cursor that each lane last told. */
  readonly #reached = new Map<string, number>();
  /** Null after a hand-over, until someone waits for it. */
  #begun: Promise<void> | null = Promise.resolve();

  constructor(lane: LaneOf) {
    this.#lane = lane;
  }

  /** Hands new entries over; the duty to wake the lanes covers a hand-over that goes wrong. */
  offer({ entries, chars }: Added, before: Positions, after: Followers, follows: Follows): void {
    for (const [id, { matching, last }] of Object.entries(after)) {
      const previous = before.get(id) ?? 0;
      if (last === previous) continue;
      const theirs = entries.filter(({ n, event }) => follows.matches(id, n, event.event));
      const lane = this.#lane(id);
      // What is too much for a message the lane reads page by page.
      const told: Promise<unknown> =
        chars > LANE_QUEUE_CHARS_MAX ? lane.wake(last, sum(matching)) : lane.offer(previous, theirs, sum(matching));
      told.catch((error) => console.warn(`lane ${id} could not be reached; it will be woken:`, error));
      this.#begun = null;
    }
  }

  /**
   * Resolves when the lanes have had their turn of the event loop with what was handed over last. Who answers only then
   * has the webhook on its way before the answer: both wait for the same thread, and nobody waits for a beacon's answer.
   * One timer for all who wait: under load they end late, and the runtime takes no more than 10,000 at a time.
   */
  begun(): Promise<void> {
    this.#begun ??= scheduler.wait(0);
    return this.#begun;
  }

  /** The lowest position that a lane still reads. */
  async needed(followers: Followers, ids: readonly string[]): Promise<number> {
    const lowest = await Promise.all(
      ids.map(async (id) => {
        const { cursor, open } = await this.#lane(id).needs();
        const beyond = (followers[id]?.last ?? 0) > cursor ? cursor + 1 : Number.POSITIVE_INFINITY;
        return Math.min(beyond, open ?? Number.POSITIVE_INFINITY);
      }),
    );
    return Math.min(...lowest);
  }

  /** Wakes those that are behind; answers whether some still are. */
  async wake(log: Pick<JournalTables, 'totals'>, follows: Follows): Promise<boolean> {
    const last = (id: string) => log.totals.followers[id]?.last ?? 0;
    const behind = () => follows.ids().filter((id) => last(id) > (this.#reached.get(id) ?? 0));
    await Promise.all(
      behind().map(async (id) => {
        const matching = sum(log.totals.followers[id]?.matching ?? {});
        this.#reached.set(id, await this.#lane(id).wake(last(id), matching));
      }),
    );
    return behind().length > 0;
  }
}
