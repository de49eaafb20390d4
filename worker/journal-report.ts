// What a journal publishes of itself: its counters as they stand and, by the hour, the page events that it accepted.
// Hourly figures are differences of the totals that were kept when each hour closed. Trade-off: readers see them up to
// ten seconds late; the exact figures are the books.
import type { Hours } from './hours-tables.ts';
import type { JournalTables, JournalTotals } from './journal-tables.ts';
import { STATS_SERIES_MS } from './limits.ts';
import { publishStats } from './outcomes.ts';
import type { JournalConfig } from './rpc.ts';

type Disk = { log: Pick<JournalTables, 'at' | 'totals'>; hours: Hours<JournalTotals> };

export function publishJournal(
  kv: KVNamespace,
  { site_id: siteId, retention_days: retentionDays }: JournalConfig,
  name: string,
  { log, hours: kept }: Disk,
  now: number,
): Promise<void> {
  const hours = kept.series(now - STATS_SERIES_MS, log.at, log.totals).map(({ t, totals, before }) => ({
    t,
    SiteViewed: (totals.events.SiteViewed ?? 0) - (before?.events.SiteViewed ?? 0),
    SignUpSuccess: (totals.events.SignUpSuccess ?? 0) - (before?.events.SignUpSuccess ?? 0),
  }));
  const { events, duplicate, refused } = log.totals;
  const totals = { ...events, duplicate, refused };
  return publishStats(kv, { siteId, retentionDays }, name, { kind: 'journal', hours }, totals);
}
