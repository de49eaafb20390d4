// How a lane fares, for people: steady, probing or recovering, how much waits, and when that will be done. An
// estimate from the pace allowed now and the usual time of an answer; the exact figures are the books.
import { quantile } from './histogram.ts';
import type { LaneTables, LaneTotals } from './lane-tables.ts';
import type { LaneHealth } from './rpc.ts';
import { allowance, backlogDoneAt } from './throttle.ts';

export function healthOf(
  { health, latency, last_error }: LaneTotals,
  integration: { max_per_second: number | null } | null,
  pending: number,
  now: number,
): LaneHealth {
  const allowed = allowance(health, integration?.max_per_second ?? null, now);
  const usual = quantile(latency, 0.5);
  const byConnections = usual === null ? 0 : (allowed.connections * 1_000) / Math.max(1, usual);
  const done = backlogDoneAt(pending, allowed, byConnections, now);
  return { ...health, last_error, mode: allowed.mode, per_second: allowed.perSecond, pending, backlog_done_at: done };
}

/** `matching`: how many events ever matched, as far as the journal has told this instance. */
export function pendingOf(log: LaneTables, matching: number): number {
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const ended = sum(Object.values(log.totals.triggers).flatMap((counts) => Object.values(counts)));
  return Math.max(matching - ended, sum(Object.values(log.unended())));
}
