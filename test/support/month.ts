// Thirty days of a site's life as journals and lanes publish them, the same at every run: busy by day, quiet by night.
import type { JournalSnapshot, LaneSnapshot } from '../../worker/stats.ts';

const HOUR_MS = 3_600_000;
const hours = (until: number) => {
  const last = Math.floor(until / HOUR_MS) * HOUR_MS;
  return Array.from({ length: 720 }, (_, i) => last - (719 - i) * HOUR_MS);
};
/** 0 to 1, from the hour alone: a wave over the day, a dip on Sundays, some grain. */
const busy = (t: number) => {
  const date = new Date(t);
  const day = 0.5 - 0.45 * Math.cos(((date.getUTCHours() - 3) / 12) * Math.PI);
  const week = date.getUTCDay() === 0 ? 0.5 : 1;
  return day * week * (0.7 + 0.3 * Math.sin(t / 7_919_000));
};

export const journalMonth = (until: number): JournalSnapshot => ({
  kind: 'journal',
  hours: hours(until).map((t) => ({
    t,
    SiteViewed: Math.round(420 * busy(t)),
    SignUpSuccess: Math.round(19 * busy(t)),
  })),
});

/** `failingFrom`: from when on nothing is delivered any more. */
export function laneMonth(
  id: string,
  until: number,
  more: { failingFrom?: number; error?: string } = {},
): LaneSnapshot {
  const { failingFrom = Number.POSITIVE_INFINITY, error = 'The endpoint answered 401.' } = more;
  const failing = failingFrom < until;
  return {
    kind: 'lane',
    integration_id: id,
    pending: failing ? 14 : 0,
    failing_since: failing ? failingFrom : null,
    last_error: failing ? { at: until - 60_000, error } : null,
    hours: hours(until).map((t) => {
      const all = Math.round(19 * busy(t));
      const failed = t >= failingFrom ? all : 0;
      const succeeded = all - failed;
      const latency: Record<number, number> =
        succeeded > 0 ? { 13: Math.ceil(succeeded / 2), 15: Math.floor(succeeded / 3), 18: 1 } : {};
      return {
        t,
        succeeded,
        failed,
        skipped: 0,
        WebhookSuccess: succeeded,
        WebhookError: failed,
        latency,
      };
    }),
  };
}
