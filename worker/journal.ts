// The durable log of one shard of a site: appends accepted events in group commits, tells each what is new to the
// lanes that follow it, and answers for the books. An append is answered after the commit (output gates hold the
// answer until it is on disk). What lanes do with the events is theirs; the journal only wakes them until each has
// reached the head. Trade-off: a commit waits up to GROUP_COMMIT_GAP_MS after the one before, so that a crowd shares it.
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from './agenda-tables.ts';
import {
  directoryOf,
  type Env,
  type EventCounts,
  type IncomingEvent,
  type JournalBooks,
  type JournalConfig,
  type Journaled,
  type JournalPage,
  type JournalRpc,
  laneOf,
} from './bindings.ts';
import type { Event, EventName } from './event.ts';
import { Follows } from './follows-tables.ts';
import { Hours } from './hours-tables.ts';
import { JournalTables, type JournalTotals, segmentsOf, sum } from './journal-tables.ts';
import { DAY_MS, GROUP_COMMIT_GAP_MS, JOURNAL_WAKE_MS, STATS_FIRST_MS, STATS_INTERVAL_MS } from './limits.ts';
import { Marks } from './marks-tables.ts';
import { publishStats } from './outcomes.ts';
import { People } from './people-tables.ts';
import { nameOf, shardOfName } from './shards.ts';

type Answer = { accepted: number; duplicate: number };
/** `ours`: raised by a lane; its repeats are no one's duplicates. */
type Batch = { events: IncomingEvent[]; refused: number; ours: boolean };
type Waiting = Batch & { resolve(answer: Answer): void; reject(error: unknown): void };

const open = (storage: DurableObjectStorage) => ({
  log: new JournalTables(storage),
  people: new People(storage),
  follows: new Follows(storage),
  hours: new Hours<JournalTotals>(storage),
  marks: new Marks<{ config: JournalConfig }>(storage),
  agenda: new Agenda<'wake' | 'stats'>(storage),
});

export class Journal extends DurableObject<Env> implements JournalRpc {
  #disk = open(this.ctx.storage);
  #config = this.#disk.marks.get('config');
  #waiting: Waiting[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #committedAt = 0;
  #publishedAt = 0;
  /** The durable cursor that each lane last told. */
  readonly #reached = new Map<string, number>();

  /** Answers once the events are on disk; ids that were accepted before are counted, not kept again. */
  async append(siteId: string, events: IncomingEvent[], refused: number): Promise<Answer> {
    if (!this.#config) await this.#introduce(siteId);
    return this.#enqueue({ events, refused, ours: false });
  }

  /** Outcome events of this shard's own lanes; their ids are derived, so that raising twice counts once. */
  async raise(events: Event[]): Promise<void> {
    await this.#enqueue({ events, refused: 0, ours: true });
  }

  /** Takes over who follows; a changed subscription holds for events after the present head. */
  async follow(config: JournalConfig): Promise<void> {
    const { log, follows, marks } = this.#disk;
    this.ctx.storage.transactionSync(() => {
      marks.set('config', config);
      if (!follows.change(config.followers, log.head + 1)) return;
      // An empty segment, so that the log itself says from where on the change holds.
      for (const id of Object.keys(log.totals.followers))
        if (!follows.ids().includes(id)) delete log.totals.followers[id];
      log.add([], Math.max(Date.now(), log.at), () => {});
    });
    this.#config = config;
  }

  async read(integrationId: string, after: number, also: number[]): Promise<JournalPage> {
    const page = this.#disk.log.read(after, ({ n, event }) =>
      this.#disk.follows.matches(integrationId, n, event.event),
    );
    return { ...page, events: [...also.flatMap((n) => this.#disk.log.entry(n) ?? []), ...page.events] };
  }

  /** Matching events between two positions, the newest first: those that a lane has not begun. */
  async readBack(integrationId: string, before: number, after: number, limit: number): Promise<Journaled[]> {
    const { log, follows } = this.#disk;
    return log.readBack(before, after, ({ n, event }) => follows.matches(integrationId, n, event.event), limit);
  }

  async find(eventId: string): Promise<Journaled | null> {
    return this.#disk.log.find(eventId);
  }

  /** The last event of a name, for samples. */
  async latest(name: EventName): Promise<Event | null> {
    const { log } = this.#disk;
    return log.readBack(log.head + 1, 0, ({ event }) => event.event === name, 1)[0]?.event ?? null;
  }

  /** Totals, and for each lane's cursor what matched beyond it, counted from the log itself. */
  async books(cursors: Record<string, number>): Promise<JournalBooks> {
    const { events, duplicate, refused, followers } = this.#disk.log.totals;
    const counted = Object.entries(cursors).map(([id, cursor]) => {
      const beyond = this.#disk.log.tally(cursor, ({ n, event }) => this.#disk.follows.matches(id, n, event.event));
      return [id, { matching: followers[id]?.matching ?? {}, beyond }] as const;
    });
    return { events, duplicate, refused, followers: Object.fromEntries(counted) };
  }

  /** Everything goes: the site was deleted. */
  async close(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#disk = open(this.ctx.storage);
    this.#config = null;
  }

  override async alarm(): Promise<void> {
    await this.#disk.agenda.run(Date.now, (duty) => (duty === 'wake' ? this.#wakeLanes() : this.#publish()));
  }

  /** A journal that was never configured, for instance one of a shard just added, asks who follows it. */
  async #introduce(siteId: string): Promise<void> {
    const site = await directoryOf(this.env).published(siteId);
    if (!site || this.#config) return;
    const followers = site.integrations.map(({ integration_id, triggers }) => ({ integration_id, triggers }));
    const { jurisdiction, retention_days } = site.settings;
    await this.follow({ site_id: siteId, jurisdiction, retention_days, followers });
  }

  #enqueue(batch: Batch): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...batch, resolve, reject });
      if (this.#timer !== null) return;
      const wait = this.#committedAt + GROUP_COMMIT_GAP_MS - Date.now();
      if (wait <= 0) this.#commit();
      else this.#timer = setTimeout(() => this.#commit(), wait);
    });
  }

  #commit(): void {
    this.#timer = null;
    const group = this.#waiting;
    this.#waiting = [];
    this.#committedAt = Date.now();
    try {
      const before = structuredClone(this.#disk.log.totals.followers);
      // Before the events: a duty without events does no harm, events without the duty could lie unnoticed.
      if (group.some(({ events }) => events.some(({ event }) => this.#disk.follows.anyone(event))))
        this.#disk.agenda.soon('wake', this.#committedAt + JOURNAL_WAKE_MS);
      const { answers, fresh } = this.ctx.storage.transactionSync(() => this.#write(group, this.#committedAt));
      this.#disk.agenda.soon(
        'stats',
        Math.max(this.#committedAt + STATS_FIRST_MS, this.#publishedAt + STATS_INTERVAL_MS),
      );
      for (const [i, { resolve }] of group.entries()) resolve(answers[i] ?? { accepted: 0, duplicate: 0 });
      if (fresh.length > 0) this.#offer(fresh, before);
    } catch (error) {
      // The transaction took the rows back; what is cached of them must go the same way.
      this.#disk = open(this.ctx.storage);
      for (const { reject } of group) reject(error);
    }
  }

  #write(group: readonly Waiting[], now: number): { answers: Answer[]; fresh: Journaled[] } {
    const at = Math.max(now, this.#disk.log.at);
    this.#disk.hours.close(this.#disk.log.at, at, this.#disk.log.totals);
    const seen = this.#disk.log.seen(group.flatMap(({ events }) => events.map(({ id }) => id)));
    const events: Event[] = [];
    const answers = group.map((batch) => {
      const fresh = batch.events.filter(({ id }) => !seen.has(id) && seen.add(id));
      events.push(...fresh.map((event) => this.#disk.people.complete(event, at)));
      const duplicate = batch.events.length - fresh.length;
      if (!batch.ours) this.#disk.log.totals.duplicate += duplicate;
      this.#disk.log.totals.refused += batch.refused;
      return { accepted: fresh.length, duplicate };
    });
    const fresh = segmentsOf(events).flatMap((part) =>
      this.#disk.log.add(part, at, (...entry) => this.#count(...entry)),
    );
    return { answers, fresh };
  }

  #count(totals: JournalTotals, { n, event }: Journaled): void {
    const add = (counts: EventCounts) => {
      counts[event.event] = (counts[event.event] ?? 0) + 1;
    };
    add(totals.events);
    for (const id of this.#disk.follows.ids()) {
      if (!this.#disk.follows.matches(id, n, event.event)) continue;
      totals.followers[id] ??= { matching: {}, last: 0 };
      const follower = totals.followers[id];
      add(follower.matching);
      follower.last = n;
    }
  }

  /** Hands the new entries to the lanes at once; the duty to wake them covers a hand-over that went wrong. */
  #offer(fresh: readonly Journaled[], before: JournalTotals['followers']): void {
    for (const [id, { matching, last }] of Object.entries(this.#disk.log.totals.followers)) {
      const after = before[id]?.last ?? 0;
      if (last === after) continue;
      const entries = fresh.filter(({ n, event }) => this.#disk.follows.matches(id, n, event.event));
      this.#lane(id)
        .offer(after, entries, sum(matching))
        .catch((error) => console.warn(`lane ${id} could not be reached; it will be woken:`, error));
    }
  }

  async #wakeLanes(): Promise<number | null> {
    const behind = () =>
      this.#disk.follows
        .ids()
        .filter((id) => (this.#disk.log.totals.followers[id]?.last ?? 0) > (this.#reached.get(id) ?? 0));
    await Promise.all(
      behind().map(async (id) => {
        const { last, matching } = this.#disk.log.totals.followers[id] ?? { last: 0, matching: {} };
        this.#reached.set(id, await this.#lane(id).wake(last, sum(matching)));
      }),
    );
    return behind().length > 0 ? Date.now() + JOURNAL_WAKE_MS : null;
  }

  #lane(integrationId: string) {
    const place = this.#config ?? { jurisdiction: null };
    return laneOf(this.env, place, integrationId, shardOfName(nameOf(this.ctx)));
  }

  async #publish(): Promise<null> {
    if (!this.#config) return null;
    const now = Date.now();
    const { site_id: siteId, retention_days: retentionDays } = this.#config;
    const hours = this.#disk.hours
      .series(now - retentionDays * DAY_MS, this.#disk.log.at, this.#disk.log.totals)
      .map(({ t, totals, before }) => ({
        t,
        SiteViewed: (totals.events.SiteViewed ?? 0) - (before?.events.SiteViewed ?? 0),
        SignUpSuccess: (totals.events.SignUpSuccess ?? 0) - (before?.events.SignUpSuccess ?? 0),
      }));
    this.#publishedAt = now;
    const { events, duplicate, refused } = this.#disk.log.totals;
    const totals = { ...events, duplicate, refused };
    await publishStats(
      this.env.HUB_KV,
      { siteId, retentionDays },
      nameOf(this.ctx),
      { kind: 'journal', hours },
      totals,
    );
    return null;
  }
}
