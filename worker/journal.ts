// The durable log of one shard of a site: appends accepted events in group commits, tells each what is new to the
// lanes that follow it, and answers for the books. An append is answered after the commit (output gates hold the
// answer until it is on disk). What lanes do with the events is theirs (hand-over.ts wakes them until each has reached
// the head); proof, erasure and retention are journal-care.ts. Trade-off: a commit waits up to GROUP_COMMIT_GAP_MS
// after the one before, so that a crowd shares it.
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from './agenda-tables.ts';
import { directoryOf, type Env, journalOf, laneOf } from './bindings.ts';
import { count } from './count.ts';
import { ask, type Brought, thank } from './elsewhere.ts';
import type { Event, EventName } from './event.ts';
import { Follows } from './follows-tables.ts';
import { GroupCommit } from './group-commit.ts';
import { HandOver, lastOf } from './hand-over.ts';
import { Hours } from './hours-tables.ts';
import { Ids } from './ids-tables.ts';
import { type CareMarks, JournalCare } from './journal-care.ts';
import { publishJournal } from './journal-report.ts';
import { type Added, JournalTables, type JournalTotals } from './journal-tables.ts';
import * as limits from './limits.ts';
import { Marks } from './marks-tables.ts';
import { type Attributes, People } from './people-tables.ts';
import { journalConfig } from './publish.ts';
import type {
  IncomingEvent,
  JournalBooks,
  JournalConfig,
  Journaled,
  JournalPage,
  JournalRpc,
  Listed,
  Person,
} from './rpc.ts';
import { nameOf, shardOfName } from './shards.ts';

/** `ours`: raised by a lane; its repeats are no one's duplicates. */
type Batch = { events: IncomingEvent[]; refused: number; ours: boolean; elsewhere?: ReadonlyMap<string, Attributes> };
type Duty = 'wake' | 'stats' | 'check' | 'retain';

const open = (storage: DurableObjectStorage, name: string) => {
  const log = new JournalTables(storage);
  const marks = new Marks<CareMarks & { config: JournalConfig; indexed: number }>(storage);
  const parts = {
    log,
    marks,
    ids: new Ids(storage, log, marks),
    people: new People(storage),
    follows: new Follows(storage),
    hours: new Hours<JournalTotals>(storage),
  };
  return { ...parts, agenda: new Agenda<Duty>(storage), care: new JournalCare({ storage, name, ...parts }) };
};

export class Journal extends DurableObject<Env> implements JournalRpc {
  readonly #name = nameOf(this.ctx);
  #disk = open(this.ctx.storage, this.#name);
  #config = this.#disk.marks.get('config');
  #publishedAt = 0;
  readonly #handOver = new HandOver((id) => this.#lane(id));
  readonly #commits = new GroupCommit<Batch, number | null>({
    gapMs: limits.GROUP_COMMIT_GAP_MS,
    now: Date.now,
    commit: (group, now) => this.#commit(group, now),
  });

  /** Answers once all is on disk; null of a site that is deleted, also meanwhile: here it would lie for ever. */
  async append(siteId: string, events: IncomingEvent[], refused: number): Promise<number | null> {
    if (!this.#config) await this.#introduce(siteId);
    if (!this.#config) return null;
    const brought = await this.#ask(events, this.#config);
    const duplicate = await this.#commits.add({ events, refused, ours: false, elsewhere: brought.attributes });
    thank(brought, (shard) => this.#journal(siteId, shard));
    await this.#handOver.begun();
    return duplicate;
  }

  /** Outcome events of this shard's own lanes; their ids are derived, so that raising twice counts once. */
  async raise(events: Event[]): Promise<void> {
    await this.#commits.add({ events, refused: 0, ours: true });
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
  async readBack(integrationId: string, before: number, after: number, limit: number): Promise<Listed[]> {
    const { log, follows } = this.#disk;
    const matches = ({ n, event }: Journaled) => follows.matches(integrationId, n, event.event);
    const entries = log.readBack(before, after, matches, limit);
    return entries.map(({ n, at, event: { id, event } }) => ({ n, at, event: { id, event } }));
  }

  async find(eventId: string): Promise<Journaled | null> {
    const n = this.#disk.ids.find(eventId);
    return (n !== null && this.#disk.log.entry(n)) || null;
  }

  /** The last event of a name, for samples. */
  async latest(name: EventName): Promise<Event | null> {
    const { log } = this.#disk;
    const wanted = ({ event }: Journaled) => event.event === name && !event.erased;
    return log.readBack(log.head + 1, 0, wanted, 1)[0]?.event ?? null;
  }

  /** Totals, proven from the log, and for each lane's cursor what matched beyond it. */
  async books(cursors: Record<string, number>): Promise<JournalBooks> {
    const mismatches = this.#disk.care.prove(Date.now());
    const { log, follows } = this.#disk;
    const { events, duplicate, refused, followers } = log.totals;
    const counted = Object.entries(cursors).map(([id, cursor]) => {
      const beyond = log.tally(cursor, ({ n, event }) => follows.matches(id, n, event.event));
      return [id, { matching: followers[id]?.matching ?? {}, beyond }] as const;
    });
    return { events, duplicate, refused, followers: Object.fromEntries(counted), mismatches };
  }

  async known(persons: string[]): Promise<Record<string, Attributes>> {
    return Object.fromEntries(persons.map((person) => [person, this.#disk.people.read(person) ?? {}]));
  }

  async handedOver(persons: string[]): Promise<void> {
    this.#disk.people.erase(persons);
  }

  async sessionsOf(profile: string): Promise<string[]> {
    return this.#disk.care.sessionsOf(profile);
  }

  async erase(person: Person, from: number): Promise<{ events: number; attributes: number; through: number }> {
    return this.#disk.care.erase(person, from);
  }

  /** Everything goes: the site was deleted. */
  async close(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#disk = open(this.ctx.storage, this.#name);
    this.#config = null;
  }

  override async alarm(): Promise<void> {
    await this.#disk.agenda.run(Date.now, (duty) => this.#perform(duty));
  }

  async #perform(duty: Duty): Promise<number | null> {
    const { care, log, follows } = this.#disk;
    switch (duty) {
      case 'wake':
        return (await this.#handOver.wake(log, follows)) ? Date.now() + limits.JOURNAL_WAKE_MS : null;
      case 'stats':
        return this.#publish();
      case 'check':
        return care.check(Date.now());
      case 'retain': {
        if (!this.#config) return null;
        const { retention_days } = this.#config;
        const needed = await this.#handOver.needed(log.totals.followers, follows.ids());
        return care.retain(Date.now(), retention_days, needed);
      }
    }
  }

  /** A journal that was never configured, for instance one of a shard just added, asks who follows it. */
  async #introduce(siteId: string): Promise<void> {
    const site = await directoryOf(this.env).published(siteId);
    if (!site || this.#config) return;
    await this.follow(journalConfig(site, site.integrations));
  }

  #ask(events: IncomingEvent[], config: JournalConfig): Promise<Brought> {
    const own = shardOfName(this.#name);
    return ask(events, own, config, this.#disk.people, Date.now(), (shard) => this.#journal(config.site_id, shard));
  }

  #commit(group: readonly Batch[], now: number): (number | null)[] {
    if (!this.#config) return group.map(() => null);
    try {
      const { agenda, follows, log } = this.#disk;
      const before = lastOf(log.totals.followers);
      // Before the events: a duty without events does no harm, events without the duty could lie unnoticed.
      if (group.some(({ events }) => events.some(({ event }) => follows.anyone(event))))
        agenda.soon('wake', now + limits.JOURNAL_WAKE_MS);
      const { duplicates, fresh } = this.ctx.storage.transactionSync(() => this.#write(group, now));
      agenda.soon('stats', Math.max(now + limits.STATS_FIRST_MS, this.#publishedAt + limits.STATS_INTERVAL_MS));
      agenda.soon('check', now + limits.CHECK_INTERVAL_MS);
      agenda.soon('retain', now + limits.RETENTION_INTERVAL_MS);
      if (fresh.entries.length > 0) this.#handOver.offer(fresh, before, log.totals.followers, follows);
      return duplicates;
    } catch (error) {
      // The transaction took the rows back; what is cached of them must go the same way.
      this.#disk = open(this.ctx.storage, this.#name);
      throw error;
    }
  }

  #write(group: readonly Batch[], now: number): { duplicates: number[]; fresh: Added } {
    const { log, ids, hours, people, follows } = this.#disk;
    const at = Math.max(now, log.at);
    hours.close(log.at, at, log.totals);
    const seen = ids.seen(group.flatMap(({ events }) => events.map(({ id }) => id)));
    people.look(group.flatMap((batch) => batch.events));
    const events: Event[] = [];
    const duplicates = group.map((batch) => {
      const fresh = batch.events.filter(({ id }) => !seen.has(id) && seen.add(id));
      events.push(...fresh.map((event) => people.complete(event, at, batch.elsewhere)));
      const duplicate = batch.events.length - fresh.length;
      if (!batch.ours) log.totals.duplicate += duplicate;
      log.totals.refused += batch.refused;
      return duplicate;
    });
    const fresh = log.add(events, at, (totals, entry) => count(totals, entry, follows));
    ids.add(fresh.entries);
    return { duplicates, fresh };
  }

  #lane(integrationId: string) {
    return laneOf(this.env, this.#config ?? { jurisdiction: null }, integrationId, shardOfName(this.#name));
  }

  #journal(siteId: string, shard: number) {
    return journalOf(this.env, this.#config ?? { jurisdiction: null }, siteId, shard);
  }

  async #publish(): Promise<null> {
    if (!this.#config) return null;
    this.#disk.ids.rest();
    this.#publishedAt = Date.now();
    await publishJournal(this.env.HUB_KV, this.#config, this.#name, this.#disk, this.#publishedAt);
    return null;
  }
}
