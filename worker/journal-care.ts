// The upkeep of a journal's log: proven from itself, rid of persons who are erased, and of what is older than the
// retention. What lanes still need and the newest row, which holds the totals, never go. Ids stay known beyond the
// events: they turn over by whole generations, which bills no row an id.
import { Audit, type AuditMarks } from './audit.ts';
import { eraseEvent, idsOf, isOf, overwriting } from './erase.ts';
import type { Follows } from './follows-tables.ts';
import type { Hours } from './hours-tables.ts';
import type { Ids } from './ids-tables.ts';
import { JournalRows, type Segment } from './journal-rows-tables.ts';
import type { JournalTables, JournalTotals } from './journal-tables.ts';
import { DAY_MS, DEDUPE_DAYS_MIN, RETENTION_INTERVAL_MS, RETENTION_ROWS_PER_STEP } from './limits.ts';
import type { Marks } from './marks-tables.ts';
import { type People, profileKey, sessionKey } from './people-tables.ts';
import { type JournalBase, proveSegment } from './recount.ts';
import type { Mismatch, Person } from './rpc.ts';

/**
 * `base`: the totals that stood after the last row that has gone. `ids_turned`: when the last generation began (ms).
 * `erased`: there was an erasure, copies of which the file may hold until local/purge.ts has rewritten it.
 */
export type CareMarks = AuditMarks & { base: JournalBase; ids_turned: number; erased: number };

export type CareParts = {
  storage: DurableObjectStorage;
  name: string;
  log: JournalTables;
  ids: Ids;
  people: People;
  follows: Follows;
  hours: Hours<JournalTotals>;
  marks: Marks<CareMarks>;
};

const NOTHING: JournalTotals = { events: {}, duplicate: 0, refused: 0, followers: {} };

export class JournalCare {
  readonly #parts: CareParts;
  readonly #rows: JournalRows;
  readonly #audit: Audit<JournalBase | Segment>;

  constructor(parts: CareParts) {
    const { storage, name, log, follows, marks } = parts;
    this.#parts = parts;
    const rows = new JournalRows(storage);
    this.#rows = rows;
    const matching = {
      ids: (n: number) => follows.ids().filter((id) => follows.since(id) <= n),
      matches: follows.matches.bind(follows),
    };
    const provable = {
      name: `journal ${name}`,
      down: () => rows.down(),
      up: (from: number) => rows.up(from),
      base: () => marks.get('base') ?? { next: 1, totals: NOTHING },
      disagreement: (older: JournalBase, newer: JournalBase | Segment) =>
        'entries' in newer ? proveSegment(older, newer, matching) : null,
      stale: ({ totals }: JournalBase) =>
        JSON.stringify(totals) === JSON.stringify(log.totals) ? null : 'the newest totals are not those remembered',
    };
    this.#audit = new Audit(provable, marks);
  }

  prove(now: number): Mismatch[] {
    return this.#audit.prove(now);
  }

  /** One step of the self-check; answers when the next is due, or null where all was proven. */
  check(now: number): number | null {
    return this.#audit.check(now) ? now : null;
  }

  sessionsOf(profile: string): string[] {
    const sessions = new Set<string>();
    for (const { events } of this.#rows.mentioning([profile], 0))
      for (const event of events) if (event.user_profile_id === profile) sessions.add(event.user_session_id);
    return [...sessions];
  }

  erase(person: Person, from: number): { events: number; attributes: number; through: number } {
    const { storage, people, log, marks } = this.#parts;
    return storage.transactionSync(() => {
      let events = 0;
      for (const row of this.#rows.mentioning(idsOf(person), from)) {
        const ofPerson = row.events.filter((event, i) => row.first + i >= from && isOf(person, event)).length;
        if (ofPerson === 0) continue;
        events += ofPerson;
        const erased = row.events.map((event, i) =>
          row.first + i >= from && isOf(person, event) ? eraseEvent(event) : event,
        );
        this.#rows.rewrite(row.first, overwriting(JSON.stringify(erased), row.text));
      }
      const keys = person.sessions.map(sessionKey);
      if (person.profile !== null) keys.push(profileKey(person.profile));
      const attributes = people.erase(keys);
      marks.set('erased', log.head);
      return { events, attributes, through: log.head };
    });
  }

  /**
   * One step of the retention; `needed`: the lowest position that a lane still reads. Answers when the next step is
   * due (ms), or null where nothing is left that will expire.
   */
  retain(now: number, days: number, needed: number): number | null {
    const { storage, ids, people, hours } = this.#parts;
    const before = now - days * DAY_MS;
    // They outlive the segments from which a start would read them.
    ids.write();
    const full = storage.transactionSync(() => {
      const last = this.#rows.expired(before, needed, RETENTION_ROWS_PER_STEP);
      if (last) {
        this.#rows.drop(last.first);
        this.#parts.marks.set('base', { next: last.next, totals: last.totals });
        this.#audit.forget(last.next);
      }
      hours.prune(before);
      this.#turnIds(now, Math.max(days, DEDUPE_DAYS_MIN) * DAY_MS);
      const sessions = people.prune(before, RETENTION_ROWS_PER_STEP);
      return (
        sessions === RETENTION_ROWS_PER_STEP || (last && (this.#rows.oldest() ?? now) < before && last.next < needed)
      );
    });
    if (full) return now;
    return this.#rows.oldest() === null ? null : now + RETENTION_INTERVAL_MS;
  }

  /** A generation is begun when the present one is old enough; the one before is then twice as old, and goes. */
  #turnIds(now: number, keepMs: number): void {
    const { marks, ids } = this.#parts;
    const turned = marks.get('ids_turned');
    if (turned !== null && now - turned < keepMs) return;
    if (turned !== null) ids.turn();
    marks.set('ids_turned', now);
  }
}
