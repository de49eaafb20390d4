// Proves a log from itself: each row bears the totals after it, so the totals before it and what the row holds must
// give them. Every call proves the newest rows, as many as are affordable and at least those never proven; the
// self-check, driven by an alarm, moves the mark of what is proven and walks through the older rows again, piece by
// piece. What does not agree is told loudly, without any content, and stays in the answer as long as the row may live.
import { MISMATCHES_MAX, RECOUNT_CHARS_PER_CALL } from './limits.ts';
import type { Marks } from './marks-tables.ts';
import type { Mismatch } from './rpc.ts';

/** A row of a log, or the totals before its first: `place` orders rows, `next` is the place after it. */
export type Link<Row> = { place: number; chars: number; read(): Row };
export type AuditMarks = { proven: number; patrolled: number; mismatches: Mismatch[] };

export type Provable<Row> = {
  /** What the log is called in the alarm. */
  name: string;
  /** Rows from the newest to the oldest that is kept. */
  down(): Iterable<Link<Row>>;
  /** Rows from a place on, oldest first. */
  up(from: number): Iterable<Link<Row>>;
  /** What stands before the oldest row. */
  base(): Row;
  /** What does not agree between neighbours, in words without content; null where all does. */
  disagreement(older: Row, newer: Row): string | null;
  /** What does not agree between the newest row and what is remembered of it. */
  stale(newest: Row): string | null;
};

export class Audit<Row> {
  readonly #log: Provable<Row>;
  readonly #marks: Marks<AuditMarks>;

  constructor(log: Provable<Row>, marks: Marks<AuditMarks>) {
    this.#log = log;
    this.#marks = marks;
  }

  get mismatches(): Mismatch[] {
    return this.#marks.get('mismatches') ?? [];
  }

  /** Proves the newest stretch now; answers all that ever disagreed and is still kept. */
  prove(now: number): Mismatch[] {
    const proven = this.#marks.get('proven') ?? 0;
    let newest = proven;
    let known = false;
    let newer: Link<Row> | null = null;
    let chars = 0;
    for (const link of this.#log.down()) {
      if (newer) this.#compare(link, newer, now);
      else this.#note(link.place, now, () => this.#log.stale(link.read()));
      newest = Math.max(newest, link.place);
      chars += link.chars;
      newer = link;
      known = chars > RECOUNT_CHARS_PER_CALL && link.place <= proven;
      if (known) break;
    }
    if (newer && !known) this.#compare(null, newer, now);
    // After a burst the first call proves all of it, and the next ones no more than is affordable.
    if (chars > RECOUNT_CHARS_PER_CALL) this.#move('proven', newest);
    return this.mismatches;
  }

  /** One step of the self-check; answers whether there is more that was never proven. */
  check(now: number): boolean {
    const unproven = this.#walk(this.#marks.get('proven') ?? 0, now);
    this.#move('proven', unproven.reached);
    if (unproven.more) return true;
    const patrol = this.#walk(this.#marks.get('patrolled') ?? 0, now);
    this.#move('patrolled', patrol.more ? patrol.reached : 0);
    return false;
  }

  /** Rows before this place have gone by retention, and with them what was found there. */
  forget(before: number): void {
    const kept = this.mismatches.filter(({ place }) => place >= before);
    if (kept.length < this.mismatches.length) this.#marks.set('mismatches', kept);
  }

  /** Each write is billed: only where it moves. */
  #move(mark: 'proven' | 'patrolled', to: number): void {
    if ((this.#marks.get(mark) ?? 0) !== to) this.#marks.set(mark, to);
  }

  #walk(from: number, now: number): { reached: number; more: boolean } {
    let older: Link<Row> | null = null;
    let chars = 0;
    for (const link of this.#log.up(from)) {
      if (older || link.place > from) this.#compare(older, link, now);
      chars += link.chars;
      older = link;
      if (chars > RECOUNT_CHARS_PER_CALL) return { reached: link.place, more: true };
    }
    return { reached: older?.place ?? from, more: false };
  }

  #compare(older: Link<Row> | null, newer: Link<Row>, now: number): void {
    this.#note(newer.place, now, () => this.#log.disagreement(older ? older.read() : this.#log.base(), newer.read()));
  }

  #note(place: number, now: number, look: () => string | null): void {
    const detail = attempt(look);
    if (detail === null) return;
    const known = this.mismatches;
    if (known.some((it) => it.place === place) || known.length >= MISMATCHES_MAX) return;
    console.error(`the books of ${this.#log.name} do not agree with its log at ${place}: ${detail}`);
    this.#marks.set('mismatches', [...known, { place, found_at: new Date(now).toISOString(), detail }]);
  }
}

function attempt(look: () => string | null): string | null {
  try {
    return look();
  } catch {
    // Not the error's own message: it may quote the row.
    return 'the row cannot be read';
  }
}
