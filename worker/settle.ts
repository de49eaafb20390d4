// The turns that ended → what a commit writes: deliveries that are settled, deliveries that wait, and the totals
// after them. Pure, and the only place where a delivery is counted.
import type { EventName } from './event.ts';
import { record } from './histogram.ts';
import type { Turn } from './in-flight.ts';
import type { Commit, LaneTotals, Settled } from './lane-tables.ts';

type Written = Pick<Commit, 'totals' | 'settled' | 'retries'>;

export function settle(turns: readonly Turn[], before: LaneTotals, siteName: string, now: number): Written {
  const totals = structuredClone(before);
  const settled: Settled[] = [];
  const retries: Commit['retries'] = [];
  for (const turn of turns) {
    const last = turn.job.attempts.at(-1);
    if (last && (turn.kind === 'retry' || turn.status === 'failed')) {
      totals.failing_since ??= last.at;
      totals.last_error = { at: last.at, error: last.error ?? '' };
    }
    if (turn.kind === 'retry') {
      retries.push({ job: turn.job, due: turn.due });
      continue;
    }
    const { job, status, reason } = turn;
    settled.push({ ...job, site_name: siteName, status, reason, ended_at: now });
    count(totals, job.event.event, status);
    if (status === 'succeeded') {
      totals.failing_since = null;
      record(totals.latency, last?.duration_ms ?? 0);
    }
  }
  return { totals, settled, retries };
}

function count(totals: LaneTotals, name: EventName, status: Settled['status']): void {
  totals.triggers[name] ??= { succeeded: 0, failed: 0, skipped: 0 };
  totals.triggers[name][status]++;
}
