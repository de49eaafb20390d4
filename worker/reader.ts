// Reads on in the journal for a lane: what it missed, what it has no room for yet, and what a restart took from its
// memory. One read at a time; a journal that does not answer is left to the lane's alarm.
import type { InFlight } from './in-flight.ts';
import type { JournalRpc } from './rpc.ts';

export class Reader {
  readonly #work: InFlight;
  #reading: Promise<void> | null = null;
  #behind = false;

  constructor(work: InFlight) {
    this.#work = work;
  }

  /** Whether the journal has more than the lane took. */
  get wantsMore(): boolean {
    return this.#behind && this.#work.isLow;
  }

  /** Until the queue is full or the journal's head is reached; `took` after each page. */
  read(integrationId: string, journal: Pick<JournalRpc, 'read'>, took: () => void): Promise<void> {
    this.#reading ??= this.#readPages(integrationId, journal, took).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readPages(integrationId: string, journal: Pick<JournalRpc, 'read'>, took: () => void): Promise<void> {
    for (this.#behind = true; this.wantsMore; ) {
      const { lost, position } = this.#work;
      const page = await journal.read(integrationId, position, lost);
      this.#work.again(page.events.filter(({ n }) => n <= position).map((entry) => ({ ...entry, attempts: [] })));
      this.#work.take(position, page.events, page.through);
      this.#behind = page.more;
      took();
    }
  }
}
