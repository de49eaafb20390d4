// The upkeep of a lane's log: proven from itself, rid of persons who are erased (in KV too, where a window of outcomes
// is written again under its key), and of what is older than the retention. Retries never go, nor what was not yet
// told, nor the newest row, which holds the totals. Trade-off: KV follows seconds after the log, at KV's pace.
import type { Again } from './again-tables.ts';
import type { Agenda } from './agenda-tables.ts';
import { Audit, type AuditMarks } from './audit.ts';
import { eraseDelivery, eraseEnded, idsOf, isOf, overwriting } from './erase.ts';
import type { Hours } from './hours-tables.ts';
import type { InFlight } from './in-flight.ts';
import { type LaneLogRow, LaneRows } from './lane-rows-tables.ts';
import type { LaneTables, LaneTotals, Settled } from './lane-tables.ts';
import {
  CHECK_INTERVAL_MS,
  DAY_MS,
  KV_WRITE_GAP_MS,
  OUTCOME_WINDOW_MS,
  RETENTION_INTERVAL_MS,
  RETENTION_ROWS_PER_STEP,
} from './limits.ts';
import type { Marks } from './marks-tables.ts';
import { recordsOf } from './outcome.ts';
import { publishOutcomes, windowOf } from './outcomes.ts';
import { type LaneBase, proveCommit } from './recount.ts';
import type { Context, Told } from './report.ts';
import { type FormerRewrites, Rewrites } from './rewrites-tables.ts';
import type { LaneBooks, LaneConfig, LaneNeeds, Person } from './rpc.ts';

/** `base`: what stood after the last row that has gone. `rewrite`: the windows that 0.1.0 was to write again. */
export type LaneCareMarks = AuditMarks & { base: LaneBase; rewrite: FormerRewrites; erased: number };
export type CareDuty = 'check' | 'retain' | 'rewrite';

/** The configuration that is told, but for what the Directory has not heard of yet: that this lane gave up. */
export function takeOver(mine: LaneConfig | null, told: LaneConfig): LaneConfig {
  if (!mine || mine.integration.enabled || mine.integration.updated_at !== told.integration.updated_at) return told;
  return { ...told, integration: mine.integration };
}

export type LaneCareParts = {
  storage: DurableObjectStorage;
  name: string;
  log: LaneTables;
  hours: Hours<LaneTotals>;
  again: Again;
  marks: Marks<LaneCareMarks & Told>;
  work: InFlight;
  agenda: Pick<Agenda<CareDuty | 'send'>, 'soon'>;
};

export class LaneCare {
  readonly #parts: LaneCareParts;
  readonly #rows: LaneRows;
  readonly #rewrites: Rewrites;
  readonly #audit: Audit<LaneBase | LaneLogRow>;

  constructor(parts: LaneCareParts) {
    const { storage, name, log, marks } = parts;
    this.#parts = parts;
    const rows = new LaneRows(storage);
    this.#rows = rows;
    this.#rewrites = new Rewrites(storage);
    const provable = {
      name: `lane ${name}`,
      down: () => rows.down(),
      up: (from: number) => rows.up(from),
      base: () => marks.get('base') ?? { next: 1, cursor: 0, totals: { triggers: {} } },
      disagreement: (older: LaneBase, newer: LaneBase | LaneLogRow) =>
        'settled' in newer ? proveCommit(older, newer) : null,
      stale: ({ totals }: LaneBase) =>
        JSON.stringify(totals) === JSON.stringify(log.totals) ? null : 'the newest totals are not those remembered',
    };
    this.#audit = new Audit(provable, marks);
  }

  /** After each commit. */
  soon(now: number): void {
    this.#parts.agenda.soon('check', now + CHECK_INTERVAL_MS);
    this.#parts.agenda.soon('retain', now + RETENTION_INTERVAL_MS);
  }

  books(now: number): LaneBooks {
    const mismatches = this.#audit.prove(now);
    const { log } = this.#parts;
    return { cursor: log.cursor, triggers: log.totals.triggers, waiting: log.unended(), mismatches };
  }

  needs(): LaneNeeds {
    const { cursor, open } = this.#parts.log;
    return { cursor, open: open.length > 0 ? Math.min(...open.map(([n]) => n)) : null };
  }

  async perform(duty: CareDuty, context: Context, now: number): Promise<number | null> {
    switch (duty) {
      case 'check':
        return this.#audit.check(now) ? now : null;
      case 'retain':
        return this.#retain(now, context.config.retention_days);
      case 'rewrite':
        return this.#rewrite(context, now);
    }
  }

  /** Answers how many deliveries lost their content; those that wait are due now, and are skipped. */
  erase(person: Person, through: number, now: number): number {
    const { storage, log, work, marks, agenda } = this.#parts;
    const isTheirs = ({ n, event }: Pick<Settled, 'n' | 'event'>) => n <= through && isOf(person, event);
    // Duties first: one too many does no harm.
    agenda.soon('rewrite', now + KV_WRITE_GAP_MS);
    agenda.soon('send', now);
    work.erase(person, through);
    return storage.transactionSync(() => {
      let erased = 0;
      for (const { seq, at, settled: text } of this.#rows.mentioning(idsOf(person))) {
        const settled: Settled[] = JSON.parse(text);
        const theirs = settled.filter(isTheirs).length;
        if (theirs === 0) continue;
        erased += theirs;
        const left = settled.map((it) => (isTheirs(it) ? eraseEnded(it) : it));
        this.#rows.rewrite(seq, overwriting(JSON.stringify(left), text));
        this.#rewrites.add(windowOf(at), seq);
      }
      for (const { job, text } of this.#rows.retriesMentioning(idsOf(person))) {
        if (!isTheirs(job)) continue;
        erased++;
        this.#rows.rewriteRetry(job.n, overwriting(JSON.stringify(eraseDelivery(job)), text), now);
        log.dueFrom(now);
      }
      // Also where nothing is left in the tables: a settled retry leaves its row behind in a free page.
      marks.set('erased', through);
      return erased;
    });
  }

  /** Windows that were not yet published will be, from the log as it is now. */
  async #rewrite({ config, kv, name }: Context, now: number): Promise<null> {
    const { marks } = this.#parts;
    const kept = { siteId: config.site_id, retentionDays: config.retention_days };
    const published = marks.get('published') ?? 0;
    this.#takeFormer();
    for (let it = this.#rewrites.next(0); it; it = this.#rewrites.next(it.start)) {
      const rows = this.#rows.around(it.seq, it.start, it.start + OUTCOME_WINDOW_MS);
      const records = rows.map((settled) => recordsOf(settled, config));
      if (it.seq <= published) await publishOutcomes(kv, kept, name, it.start, records, now);
      this.#rewrites.done(it);
    }
    return null;
  }

  #takeFormer(): void {
    const { storage, marks } = this.#parts;
    const former = marks.get('rewrite') ?? [];
    if (former.length === 0) return;
    storage.transactionSync(() => {
      for (const { seq, at } of former) this.#rewrites.add(windowOf(at), seq);
      marks.set('rewrite', []);
    });
  }

  #retain(now: number, days: number): number | null {
    const { storage, hours, again, marks } = this.#parts;
    const before = now - days * DAY_MS;
    const told = Math.min(marks.get('raised') ?? 0, marks.get('published') ?? 0);
    const more = storage.transactionSync(() => {
      const last = this.#rows.expired(before, told, RETENTION_ROWS_PER_STEP);
      if (last) {
        this.#rows.drop(last.seq);
        marks.set('base', { next: last.next, cursor: last.cursor, totals: { triggers: last.totals.triggers } });
        this.#audit.forget(last.next);
      }
      hours.prune(before);
      again.prune(before);
      return last !== null && last.seq < told && (this.#rows.oldest() ?? now) < before;
    });
    if (more) return now;
    return this.#rows.oldest() === null ? null : now + RETENTION_INTERVAL_MS;
  }
}
