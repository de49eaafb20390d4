// What is known of a person: the attributes of a profile, or of a session that has none. An event takes away the
// merged set; only what changed is written, so that a page view without news costs no row.
import type { IncomingEvent } from './bindings.ts';
import { type Event, isOutcome } from './event.ts';
import { PERSON_ATTRIBUTES_MAX } from './limits.ts';

/** They belong to one event: sent along with it, never remembered for the person. */
const OF_THE_EVENT = new Set(['page_url', 'page_title', 'referrer', 'language']);

type Attributes = Record<string, string>;

export class People {
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS people (person TEXT PRIMARY KEY, attributes TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID',
    );
  }

  /**
   * The event with all attributes of its profile, or of its session where it has no profile; what it brings is
   * remembered. The attributes of a session go over to the profile that it turns out to be.
   */
  complete(event: IncomingEvent, at: number): Event {
    if (isOutcome(event.event)) return event as Event;
    const session = `session:${event.user_session_id}`;
    const person = event.user_profile_id ? `profile:${event.user_profile_id}` : session;
    const known = this.#read(person);
    const merged = { ...known };
    if (person !== session) {
      const before = this.#read(session);
      if (before) this.#sql.exec('DELETE FROM people WHERE person = ?', session);
      Object.assign(merged, before);
    }
    const own: Attributes = {};
    for (const [key, value] of Object.entries(event.attributes)) {
      if (OF_THE_EVENT.has(key)) {
        if (value !== null) own[key] = value;
      } else if (value === null) delete merged[key];
      else merged[key] = value;
    }
    const kept = Object.fromEntries(Object.entries(merged).slice(-PERSON_ATTRIBUTES_MAX));
    const text = JSON.stringify(kept);
    if (text !== JSON.stringify(known ?? {}))
      this.#sql.exec('INSERT OR REPLACE INTO people (person, attributes, at) VALUES (?, ?, ?)', person, text, at);
    return { ...event, attributes: { ...kept, ...own } };
  }

  prune(before: number): void {
    this.#sql.exec("DELETE FROM people WHERE person LIKE 'session:%' AND at < ?", before);
  }

  #read(person: string): Attributes | null {
    const [row] = this.#sql.exec<{ attributes: string }>('SELECT attributes FROM people WHERE person = ?', person);
    return row ? JSON.parse(row.attributes) : null;
  }
}
