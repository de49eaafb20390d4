// The turns that ended → what a commit writes: deliveries that are settled, deliveries that wait, and the totals
// after them. Pure, and the only place where a delivery is counted.
import { EVENT_NAMES, type EventName, isOutcome, PAGE_EVENTS } from './event.ts';
import { record } from './histogram.ts';
import type { Turn } from './in-flight.ts';
import type { LaneTotals, Outcomes, Settled, Written } from './lane-tables.ts';
import { type Attempt, countOf, isRefusal, newestOf } from './schedule.ts';
import { afterAttempt } from './throttle.ts';

export function settle(turns: readonly Turn[], before: LaneTotals, siteName: string, now: number): Written {
  const totals = copyOf(before);
  const settled: Settled[] = [];
  const retries: Written['retries'] = [];
  for (const turn of turns) {
    const { job } = turn;
    const last = job.attempts.at(-1);
    const succeeded = turn.kind === 'settled' && turn.status === 'succeeded';
    // A skipped delivery was not attempted now: it tells nothing of the endpoint.
    if (last && !(turn.kind === 'settled' && turn.status === 'skipped')) {
      const tried = succeeded ? 'succeeded' : isRefusal(last.status) ? 'refused' : 'failed';
      totals.health = afterAttempt(totals.health, tried, last.at, now);
      if (succeeded) record(totals.latency, last.duration_ms);
      else totals.last_error = { at: last.at, error: ownWords(last) };
    }
    if (turn.kind === 'retry') {
      retries.push({ job, due: turn.due });
      continue;
    }
    settled.push({ ...job, site_name: siteName, status: turn.status, reason: turn.reason, ended_at: now });
    count(totals, job.event.event, turn.status, 1);
    totals.outcomes[turn.status]++;
    if (turn.status !== 'skipped' && !isOutcome(job.event.event))
      totals.outcomes[turn.status === 'succeeded' ? 'WebhookSuccess' : 'WebhookError']++;
  }
  return { totals, settled, retries, reopened: [] };
}

/** What a commit writes when ended deliveries are sent once more: they are pending again, on a fresh schedule. */
export function reopen(again: readonly Settled[], before: LaneTotals, due: (i: number) => number): Written {
  const totals = copyOf(before);
  const reopened: Written['reopened'] = [];
  const retries = again.map((ended, i) => {
    const { n, at, event, status, ended_at } = ended;
    count(totals, event.event, status, -1);
    reopened.push([n, event.event, status, ended_at]);
    return { job: { n, at, event, ...newestOf(ended), from: countOf(ended) }, due: due(i) };
  });
  return { totals, settled: [], retries, reopened };
}

/** How deliveries ended, each time that they did. What 0.1.0 counted for it is what it last knew of each. */
export function outcomesOf({ outcomes, triggers }: Pick<LaneTotals, 'outcomes' | 'triggers'>): Outcomes {
  if (outcomes) return outcomes;
  const sum = (status: Settled['status'], names = EVENT_NAMES as readonly EventName[]) =>
    names.reduce((total, name) => total + (triggers[name]?.[status] ?? 0), 0);
  return {
    succeeded: sum('succeeded'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    WebhookSuccess: sum('succeeded', PAGE_EVENTS),
    WebhookError: sum('failed', PAGE_EVENTS),
  };
}

/** Totals outlive the erasure of a person, whom the address of a redirect may name. */
const ownWords = ({ cause, status, error }: Attempt): string =>
  cause === 'redirect' ? `The endpoint answered ${status}: the delivery's page says where it points.` : (error ?? '');

/** To be counted on: from the first commit on with the outcomes, before anything is taken back from the triggers. */
const copyOf = (totals: LaneTotals) => structuredClone({ ...totals, outcomes: outcomesOf(totals) });

function count(totals: LaneTotals, name: EventName, status: Settled['status'], by: 1 | -1): void {
  totals.triggers[name] ??= { succeeded: 0, failed: 0, skipped: 0 };
  totals.triggers[name][status] += by;
}
