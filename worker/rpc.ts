// What Durable Objects promise one another by RPC: journals, lanes and the Directory.
// The promises stand here, below the objects, so that none of them imports another (the ladder has no rungs sideways).
// Owns the types that cross between objects; how an object is found is bindings.ts.
import type { AccessRpc } from './access-links.ts';
import type {
  Integration,
  IntegrationInput,
  IntegrationPatch,
  PublicKeys,
  PublishedSite,
  Site,
  SiteInput,
  SitePatch,
} from './config.ts';
import type { Credentials } from './credentials.ts';
import type { Delivery, DeliveryQuery, EndStatus, NotAgain, ReplayFilter } from './delivery.ts';
import type { Event, EventName, OutcomeEvent } from './event.ts';
import type { Reject } from './reject.ts';
import type { Result } from './result.ts';
import type { Attempt } from './schedule.ts';
import type { Allowance, Health } from './throttle.ts';

/** An event on its way in: `null` removes an attribute of the profile or session. */
export type IncomingEvent = Omit<Event, 'attributes'> & { attributes: Record<string, string | null> };

/** An event in the journal: its position, and when it was accepted (ms since 1970). */
export type Journaled = { n: number; at: number; event: Event };
/** Of a list of two hundred the contents might be more than a message takes. */
export type Listed = { n: number; at: number; event: Pick<Event, 'id' | 'event'> };

/** `through`: the last position looked at; `more`: there are later ones. */
export type JournalPage = { events: Journaled[]; through: number; more: boolean };

export type EventCounts = Partial<Record<EventName, number>>;

/** Where a site's objects are kept: part of their identity. */
export type Place = { jurisdiction: 'eu' | null };

export type JournalConfig = Place & {
  site_id: string;
  retention_days: number;
  shards: number;
  /** Numbers of shards that the site had before, each with the time (ms) until which. */
  earlier_shards: { shards: number; until: number }[];
  followers: { integration_id: string; triggers: EventName[] }[];
};

/** A row of a log that did not agree with the one before it, by its place; never with content. */
export type Mismatch = { place: number; found_at: string; detail: string };

/** Whom to erase: a profile with the sessions known to be its own, or one session with all that happened in it. */
export type Person = { profile: string | null; sessions: string[] };

export type JournalBooks = {
  events: EventCounts;
  duplicate: number;
  refused: number;
  /** For each follower: matching events ever accepted, and those beyond the lane's cursor that was asked about. */
  followers: Record<string, { matching: EventCounts; beyond: EventCounts }>;
  /** Where a recount of the log disagreed with its totals. */
  mismatches: Mismatch[];
};

export interface JournalRpc extends Rpc.DurableObjectBranded {
  /**
   * How many of them were known already; null where there is no such site, or no longer. A number, because the runtime
   * gives each object that an RPC answers a disposer (workerd, worker-rpc.c++): a tenth of the CPU of a beacon.
   */
  append(siteId: string, events: IncomingEvent[], refused: number): Promise<number | null>;
  raise(events: Event[]): Promise<void>;
  follow(config: JournalConfig): Promise<void>;
  /** Matching events after a position, and those at the positions `also`. */
  read(integrationId: string, after: number, also: number[]): Promise<JournalPage>;
  readBack(integrationId: string, before: number, after: number, limit: number): Promise<Listed[]>;
  find(eventId: string): Promise<Journaled | null>;
  latest(name: EventName): Promise<Event | null>;
  books(cursors: Record<string, number>): Promise<JournalBooks>;
  /** What is known of these persons, by key (people-tables.ts). */
  known(persons: string[]): Promise<Record<string, Record<string, string>>>;
  /** They have gone over to another shard or to a profile. */
  handedOver(persons: string[]): Promise<void>;
  /** The sessions in which this profile was seen. */
  sessionsOf(profile: string): Promise<string[]>;
  /** Erases what was accepted from a position on; answers how much, and the last position it looked at. */
  erase(person: Person, from: number): Promise<{ events: number; attributes: number; through: number }>;
  close(): Promise<void>;
}

export type LaneConfig = Place & {
  site_id: string;
  site_name: string;
  integration: Integration;
  /** Sealed; opened for each attempt. */
  credentials: Credentials;
  /** Hosts of the collector itself, which is no endpoint. */
  own_hosts: string[];
  retention_days: number;
  /** Outcome events that some integration of the site subscribed to: others need not be raised. */
  raises: OutcomeEvent[];
};

export type Ended = Record<EndStatus, number>;
export type LaneBooks = {
  cursor: number;
  triggers: Partial<Record<EventName, Ended>>;
  /** Before the cursor and not yet ended: under way, or waiting for a retry. */
  waiting: EventCounts;
  mismatches: Mismatch[];
};

export type LaneHealth = Health & {
  mode: Allowance['mode'];
  pending: number;
  per_second: number | null;
  backlog_done_at: number | null;
  last_error: { at: number; error: string } | null;
};

/** What a lane still reads of its journal: all after the cursor, and the entries from `open` on (null: none). */
export type LaneNeeds = { cursor: number; open: number | null };

export type LaneDelivery = { delivery: Delivery; attempts: Attempt[]; body: string; cut: string[]; erased: boolean };

export interface LaneRpc extends Rpc.DurableObjectBranded {
  configure(config: LaneConfig): Promise<void>;
  /**
   * New matching events: taken if they follow what it has, else read from the journal. `after`: the position of the
   * matching event before them; `matching`: how many ever matched, with these.
   */
  offer(after: number, events: Journaled[], matching: number): Promise<void>;
  /** Reads up to the position `last` if it has not; answers its durable cursor. */
  wake(last: number, matching: number): Promise<number>;
  books(): Promise<LaneBooks>;
  health(): Promise<LaneHealth>;
  /** Newest first. */
  deliveries(query: DeliveryQuery): Promise<Delivery[]>;
  /** The delivery of a journal's entry, with its attempts; null where it was not for this integration. */
  delivery(entry: Journaled): Promise<LaneDelivery | null>;
  /** Sends one ended delivery again. */
  replayOne(entry: Journaled): Promise<Result<null, NotAgain>>;
  /** Sends again, paced, all that the filter takes; answers how many. */
  replayMany(filter: ReplayFilter): Promise<number>;
  /** Sends a sample of an event now; it counts nowhere. */
  probe(name: EventName): Promise<{ attempt: Attempt; body: string }>;
  needs(): Promise<LaneNeeds>;
  /**
   * Erases what came of the journal's entries up to a position: log, retries, what is under way, and KV soon
   * after. Answers how many deliveries; those that wait are skipped.
   */
  erase(person: Person, through: number): Promise<number>;
  close(): Promise<void>;
}

export type CreatedSite = Site & { proof_secret: string };
export type CreatedIntegration = Integration & { secret: string };
export type Page<T> = { data: T[]; next: string | null };
type Answered<T> = Promise<Result<T, Reject>>;

export type Whom = { profile: string } | { session: string };

/** What an erasure took away. `complete`: everywhere; else it is being repeated until it is. */
export type Erased = { events: number; deliveries: number; attributes: number; complete: boolean };

export interface DirectoryRpc extends Rpc.DurableObjectBranded {
  readonly access: AccessRpc;
  published(siteId: string): Promise<PublishedSite | null>;
  createSite(input: SiteInput): Answered<CreatedSite>;
  listSites(limit: number, cursor: string | null): Promise<Page<Site>>;
  getSite(siteId: string): Answered<Site>;
  patchSite(siteId: string, patch: SitePatch, ifMatch?: string): Answered<Site>;
  deleteSite(siteId: string, ifMatch?: string): Answered<null>;
  /** `host`: under which the collector is administered; no webhook may lead there. */
  createIntegration(siteId: string, input: IntegrationInput, host?: string): Answered<CreatedIntegration>;
  listIntegrations(siteId: string, limit: number, cursor: string | null): Answered<Page<Integration>>;
  getIntegration(siteId: string, integrationId: string): Answered<Integration>;
  patchIntegration(
    siteId: string,
    integrationId: string,
    patch: IntegrationPatch,
    ifMatch?: string,
    host?: string,
  ): Answered<Integration>;
  /** A new webhook secret; the former sign along for `overlapS` seconds. */
  rotateSecret(siteId: string, integrationId: string, overlapS: number, ifMatch?: string): Answered<CreatedIntegration>;
  /** A new pair of the site's `v1a` keys, likewise. */
  rotateKeys(siteId: string, overlapS: number): Answered<PublicKeys>;
  deleteIntegration(siteId: string, integrationId: string, ifMatch?: string): Answered<null>;
  erase(siteId: string, who: Whom): Answered<Erased>;
  /** As its lane disabled it; without effect where it was changed meanwhile. */
  disableIntegration(disabled: Integration): Promise<void>;
}
