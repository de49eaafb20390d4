// A lane's deliveries as people ask for them: lists, shows, sends again, probes. Everything that it changes goes
// through the lane's own commit, so the books move along.
import { deliver, type Outside } from './deliver.ts';
import type { Delivery, DeliveryQuery, NotAgain, ReplayFilter } from './delivery.ts';
import type { EventName } from './event.ts';
import type { InFlight } from './in-flight.ts';
import { asEnded, asPending, asWaiting, endedWithin, findBegun, listBegun } from './lane-log.ts';
import type { LaneTables, Written } from './lane-tables.ts';
import { REPLAY_GAP_MS } from './limits.ts';
import { payload } from './payload.ts';
import { fail, ok, type Result } from './result.ts';
import type { Journaled, JournalRpc, LaneConfig, LaneDelivery } from './rpc.ts';
import { sampleOf } from './sample.ts';
import type { Attempt } from './schedule.ts';
import { reopen } from './settle.ts';

type Parts = { log: LaneTables; work: InFlight };
type Journal = Pick<JournalRpc, 'read' | 'readBack' | 'latest'>;

export class History {
  readonly #log: LaneTables;
  readonly #work: InFlight;
  readonly #config: LaneConfig;
  readonly #journal: Journal;
  readonly #write: (written: Written) => void;

  constructor({ log, work }: Parts, config: LaneConfig, journal: Journal, write: (written: Written) => void) {
    this.#log = log;
    this.#work = work;
    this.#config = config;
    this.#journal = journal;
    this.#write = write;
  }

  /** Newest first. What was not begun is read from the journal, beyond the cursor and where it is open. */
  async list(query: DeliveryQuery): Promise<Delivery[]> {
    const { status, event, before, limit, since = 0, until = Number.MAX_SAFE_INTEGER } = query;
    const { cursor, open } = this.#log;
    const begun = listBegun(this.#log, query);
    if (status && status !== 'pending') return begun;
    const id = this.#config.integration.integration_id;
    const [beyond, opened] = await Promise.all([
      before.n > cursor ? this.#journal.readBack(id, before.n, cursor, limit) : [],
      open.length > 0
        ? this.#journal.read(
            id,
            Number.MAX_SAFE_INTEGER,
            open.map(([n]) => n),
          )
        : { events: [] },
    ]);
    const pending = [...beyond, ...opened.events]
      .map(asPending)
      .filter(
        (it) =>
          it.n < before.n && it.at < before.at && it.at >= since && it.at < until && (!event || it.event === event),
      );
    // Some may have ended while the journal was asked; what the log said stands.
    const known = new Set(begun.map(({ n }) => n));
    return [...begun, ...pending.filter(({ n }) => !known.has(n))].sort((a, b) => b.n - a.n).slice(0, limit);
  }

  /** Null where the event was not for this integration. */
  async show(entry: Journaled): Promise<LaneDelivery | null> {
    // Asked first: beyond the cursor only the journal knows what matched, and what the log says later stands.
    const pending = await this.#isPending(entry);
    const begun = findBegun(this.#log, entry.n, entry.at);
    if (!begun && !pending) return null;
    const event = begun?.event ?? entry.event;
    // As it was sent, under the site's name of that time.
    const sent = begun && !('due' in begun) ? { ...this.#config, site_name: begun.site_name } : this.#config;
    const content = { body: payload(event, sent), cut: event.cut ?? [], erased: event.erased === true };
    if (!begun) return { delivery: asPending(entry), attempts: [], ...content };
    const delivery = 'due' in begun ? asWaiting(begun, begun.due) : asEnded(begun);
    return { delivery, attempts: begun.attempts, ...content };
  }

  async #isPending({ n }: Journaled): Promise<boolean> {
    const { cursor, open } = this.#log;
    if (n <= cursor) return open.some(([it]) => it === n);
    return (await this.#journal.readBack(this.#config.integration.integration_id, n + 1, n - 1, 1)).length > 0;
  }

  /** Pending again, due now. What was erased and has not ended yet won't be sent either: that is the reason told. */
  replayOne(entry: Journaled, now: number): Result<null, NotAgain> {
    const ended = findBegun(this.#log, entry.n, entry.at);
    if ((ended ?? entry).event.erased) return fail('erased');
    if (!ended || 'due' in ended || this.#work.begun.includes(entry.n)) return fail('pending');
    this.#write(reopen([ended], this.#log.totals, () => now));
    return ok(null);
  }

  /** Paced, beside new events; answers how many. */
  replayMany(filter: ReplayFilter, now: number): number {
    const last = this.#log.seq;
    let count = 0;
    for (let from: number | null = this.#log.seqAt((filter.since ?? 0) - 1); from !== null && from < last; ) {
      const { ended, next } = endedWithin(this.#log, filter, from);
      const first = count;
      if (!filter.dry_run && ended.length > 0)
        this.#write(reopen(ended, this.#log.totals, (i) => now + (first + i) * REPLAY_GAP_MS));
      count += ended.length;
      from = next;
    }
    return count;
  }

  /** Sends a sample of the site's own last event of this name, outside the books: a test, not a delivery. */
  async probe(name: EventName, id: string, outside: Outside): Promise<{ attempt: Attempt; body: string }> {
    const { integration, credentials, own_hosts } = this.#config;
    const made = { id, now: outside.now(), integrationId: integration.integration_id };
    const body = payload(sampleOf(name, await this.#journal.latest(name), made), this.#config);
    const delivery = { id, url: integration.url, body, attempt: 1, credentials, own_hosts };
    return { attempt: await deliver(delivery, outside), body };
  }
}
