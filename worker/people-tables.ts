// What is known of a person: the attributes of a profile, or of a session that has none. An event takes away the
// merged set; only what changed is written, so that a page view without news costs no row. Where a site has several
// shards, what another one knew is handed in once and a row, also an empty one, remembers that it was.
import { type Event, isOutcome } from './event.ts';
import { PERSON_ATTRIBUTES_MAX, PERSON_CHARS_MAX } from './limits.ts';
import type { IncomingEvent } from './rpc.ts';

/** Each event brings its own: sent along with it, never remembered for the person, which would be a row a view. */
const OF_THE_EVENT = new Set(['page_url', 'page_title', 'language']);

export type Attributes = Record<string, string>;

export const sessionKey = (id: string) => `session:${id}`;
export const profileKey = (id: string) => `profile:${id}`;

export class People {
  readonly #sql: SqlStorage;
  /** What the disk says of those looked at last, null for nothing; written through. */
  #looked = new Map<string, Attributes | null>();

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS people (person TEXT PRIMARY KEY, attributes TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID',
    );
  }

  /** Reads what is known of all who are in these events at once: one question to the disk instead of one for each. */
  look(events: readonly IncomingEvent[]): void {
    const persons = events.flatMap(({ user_session_id, user_profile_id }) =>
      user_profile_id ? [sessionKey(user_session_id), profileKey(user_profile_id)] : [sessionKey(user_session_id)],
    );
    this.#looked = new Map(persons.map((person) => [person, null]));
    // At once: by iterator the question takes half as long again.
    const rows = this.#sql
      .exec<{ person: string; attributes: string }>(
        'SELECT person, attributes FROM people WHERE person IN (SELECT value FROM json_each(?))',
        JSON.stringify([...this.#looked.keys()]),
      )
      .toArray();
    for (const { person, attributes } of rows) this.#looked.set(person, JSON.parse(attributes));
  }

  /**
   * The event with all attributes of its profile, or of its session where it has no profile; what it brings is
   * remembered. The attributes of a session go over to the profile that it turns out to be. `elsewhere`: what other
   * shards knew of either, by key; it counts where nothing is known here.
   */
  complete(event: IncomingEvent, at: number, elsewhere: ReadonlyMap<string, Attributes> = new Map()): Event {
    if (isOutcome(event.event)) return event as Event;
    const session = sessionKey(event.user_session_id);
    const person = event.user_profile_id ? profileKey(event.user_profile_id) : session;
    const known = this.read(person);
    const merged = { ...(known ?? elsewhere.get(person)) };
    if (person !== session) {
      const before = this.read(session);
      Object.assign(merged, before ?? elsewhere.get(session));
      // With several shards an empty row stays, as the note that this session has been asked for.
      if (!before && elsewhere.has(session)) this.#write(session, '{}', at);
      else if (before && Object.keys(before).length > 0) this.#remove(session);
    }
    const own: Attributes = {};
    for (const [key, value] of Object.entries(event.attributes)) {
      if (OF_THE_EVENT.has(key)) {
        if (value !== null) own[key] = value;
      } else if (value === null) delete merged[key];
      else merged[key] = value;
    }
    const { kept, text } = newest(merged);
    if (text !== JSON.stringify(known ?? {}) || (known === null && elsewhere.has(person)))
      this.#write(person, text, at);
    return { ...event, attributes: { ...kept, ...own } };
  }

  read(person: string): Attributes | null {
    const looked = this.#looked.get(person);
    if (looked !== undefined) return looked;
    const [row] = this.#sql.exec<{ attributes: string }>('SELECT attributes FROM people WHERE person = ?', person);
    return row ? JSON.parse(row.attributes) : null;
  }

  /** Answers of how many of them something was known. */
  erase(persons: readonly string[]): number {
    let erased = 0;
    for (const person of persons) {
      const known = this.read(person);
      if (!known) continue;
      if (Object.keys(known).length > 0) erased++;
      this.#remove(person);
    }
    return erased;
  }

  /** Attributes of sessions go with the events; those of profiles stay until they are erased. */
  prune(before: number, limit: number): number {
    const persons = this.#sql
      .exec<{ person: string }>(
        "SELECT person FROM people WHERE person >= 'session:' AND person < 'session;' AND at < ? LIMIT ?",
        before,
        limit,
      )
      .toArray();
    for (const { person } of persons) this.#remove(person);
    return persons.length;
  }

  #write(person: string, text: string, at: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO people (person, attributes, at) VALUES (?, ?, ?)', person, text, at);
    if (this.#looked.has(person)) this.#looked.set(person, JSON.parse(text));
  }

  #remove(person: string): void {
    this.#sql.exec('DELETE FROM people WHERE person = ?', person);
    if (this.#looked.has(person)) this.#looked.set(person, null);
  }
}

/** As many as are kept of one person, and their text; the oldest keys give way. */
function newest(attributes: Attributes): { kept: Attributes; text: string } {
  const entries = Object.entries(attributes).slice(-PERSON_ATTRIBUTES_MAX);
  const all = Object.fromEntries(entries);
  const text = JSON.stringify(all);
  if (text.length <= PERSON_CHARS_MAX) return { kept: all, text };
  let chars = 0;
  const beyond = entries.findLastIndex((entry) => {
    // As text, where a control character takes six: the row that holds an event is bounded, whatever is in it.
    chars += JSON.stringify(entry).length;
    return chars > PERSON_CHARS_MAX;
  });
  const kept = Object.fromEntries(entries.slice(beyond + 1));
  return { kept, text: JSON.stringify(kept) };
}
