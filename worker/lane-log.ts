// Reads a lane's log for people: lists deliveries newest first, finds one, gathers those to send again. Most ended
// soon after they came, so the log's order is nearly theirs; those that did not are noted by position. Reading is
// lazy: a page costs what it shows, not what is kept.
import type { Delivery, DeliveryQuery, ReplayFilter } from './delivery.ts';
import type { Job } from './in-flight.ts';
import type { LaneTables, LogEntry, RetryRow, Settled } from './lane-tables.ts';
import { PROMPT_MS, READ_CHARS_MAX, REPLAY_CHUNK } from './limits.ts';
import type { Listed } from './rpc.ts';
import { countOf } from './schedule.ts';

/** Deliveries that were begun: waiting for a retry or ended. Those not begun are still only in the journal. */
export function listBegun(log: LaneTables, query: DeliveryQuery): Delivery[] {
  const { status, event = '%', before, limit, since = 0, until = Number.MAX_SAFE_INTEGER } = query;
  const sources: Iterator<Delivery>[] = [];
  if (!status || status === 'retrying') sources.push(waiting(log, before.n, event)[Symbol.iterator]());
  if (status !== 'retrying' && status !== 'pending') {
    const kind = `${status ?? '%'}:${event}`;
    sources.push(noted(log, before.n, kind)[Symbol.iterator](), prompt(log, before, kind)[Symbol.iterator]());
  }
  const found: Delivery[] = [];
  for (const delivery of newestFirst(sources)) {
    if (delivery.at < since || found.length === limit) break;
    if (delivery.at < before.at && delivery.at < until) found.push(delivery);
  }
  return found;
}

/** The delivery of the entry at a position, if it was begun. */
export function findBegun(log: LaneTables, n: number, at: number): Settled | (Job & { due: number }) | null {
  const row = log.retry(n);
  if (row) return { ...jobOf(row), due: row.due };
  const seq = log.noted(n);
  if (seq !== null) return inRow(log, seq, n);
  for (const { at: rowAt, settled } of log.since(log.seqAt(at - 1))) {
    if (rowAt > at + PROMPT_MS) return null;
    const found = settled.find((it) => it.n === n);
    if (found) return found;
  }
  return null;
}

/**
 * Some of what ended so within a time, row by row from `from` on, each as it ended last; what was erased can't be sent
 * again. `next`: the row to go on from, null at the end. By parts, so that the caller may write in between.
 */
export function endedWithin(
  log: LaneTables,
  filter: ReplayFilter,
  from: number,
): { ended: Settled[]; next: number | null } {
  const { status, since = 0, until = Number.MAX_SAFE_INTEGER, ended_since = 0 } = filter;
  const ended: Settled[] = [];
  let read = 0;
  for (const { seq, settled, chars } of log.since(from)) {
    for (const it of settled)
      if (it.status === status && it.at >= since && it.at < until && it.ended_at >= ended_since)
        if (!it.event.erased && isLatest(log, it.n, seq)) ended.push(it);
    read += chars;
    if (ended.length >= REPLAY_CHUNK || read >= READ_CHARS_MAX) return { ended, next: seq };
  }
  return { ended, next: null };
}

const isLatest = (log: LaneTables, n: number, seq: number) => (log.noted(n) ?? seq) === seq && !log.isWaiting(n);

/** An entry of the journal that no attempt was made for yet. */
export const asPending = ({ n, at, event }: Listed): Delivery => ({
  n,
  at,
  event_id: event.id,
  event: event.event,
  status: 'pending',
  attempts: 0,
  next_attempt_at: null,
  last_error: null,
});

export const asWaiting = (job: Job, due: number): Delivery => ({
  ...asPending(job),
  status: 'retrying',
  attempts: countOf(job),
  next_attempt_at: due,
  last_error: job.attempts.at(-1)?.error ?? null,
});

export const asEnded = (settled: Settled): Delivery => ({
  ...asPending(settled),
  status: settled.status,
  attempts: countOf(settled),
  last_error: settled.status === 'succeeded' ? null : settled.reason,
});

function* waiting(log: LaneTables, before: number, event: string): Iterable<Delivery> {
  for (const row of log.retriesDown(before, event)) yield asWaiting(jobOf(row), row.due);
}

/** After a burst thousands are noted, hundreds to a row: neighbours are found in the rows that were just parsed. */
function* noted(log: LaneTables, before: number, kind: string): Iterable<Delivery> {
  const rows = new Map<number, LogEntry | null>();
  for (const { n, seq } of log.notedDown(before, kind)) {
    if (log.isWaiting(n)) continue;
    if (!rows.has(seq)) {
      const [oldest] = rows.keys();
      if (oldest !== undefined && rows.size === ROWS_AT_HAND) rows.delete(oldest);
      rows.set(seq, log.row(seq));
    }
    const settled = rows.get(seq)?.settled.find((it) => it.n === n);
    if (settled) yield asEnded(settled);
  }
}
/** Six connections finish out of order: a neighbour is a commit or two away. */
const ROWS_AT_HAND = 8;

/** An entry ended no earlier than it was accepted: once rows are older than what is held, nothing newer can follow. */
function* prompt(log: LaneTables, before: DeliveryQuery['before'], kind: string): Iterable<Delivery> {
  const pattern = new RegExp(`^${kind.replaceAll('%', '.*')}$`);
  let held: Delivery[] = [];
  for (const { at, settled } of log.backFrom(log.seqAt(before.at + PROMPT_MS), kind)) {
    const ready = held.filter((it) => it.at > at);
    yield* ready.sort((a, b) => b.n - a.n);
    held = held.filter((it) => it.at <= at);
    for (const it of settled)
      if (
        it.n < before.n &&
        pattern.test(`${it.status}:${it.event.event}`) &&
        log.noted(it.n) === null &&
        !log.isWaiting(it.n)
      )
        held.push(asEnded(it));
  }
  yield* held.sort((a, b) => b.n - a.n);
}

function* newestFirst(sources: Iterator<Delivery>[]): Iterable<Delivery> {
  const heads = sources.map((source) => ({ source, next: source.next() }));
  for (;;) {
    const newest = heads.filter(({ next }) => !next.done).sort((a, b) => b.next.value.n - a.next.value.n)[0];
    if (!newest) return;
    yield newest.next.value;
    newest.next = newest.source.next();
  }
}

const jobOf = (row: RetryRow): Job => JSON.parse(row.job);
const inRow = (log: LaneTables, seq: number, n: number): Settled | null =>
  log.row(seq)?.settled.find((it) => it.n === n) ?? null;
