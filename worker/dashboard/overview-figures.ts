// Everything that the overview shows, from what KV holds: figures of the range and of the one before, the series, how
// each integration fares. Pure but for the two readers of KV, which it calls and does not own.
import type { Env } from '../bindings.ts';
import type { Integration, PublishedSite } from '../config.ts';
import { type Histogram, merge, quantile } from '../histogram.ts';
import { HOUR_BUCKET_MS } from '../limits.ts';
import { readStats } from '../outcomes.ts';
import { type LaneSnapshot, RANGES, type Range, type Snapshot, type Stats, toStats } from '../stats.ts';
import type { Fares } from './summary.ts';

/** Delivered and failed, a number for each stretch of the range. */
export type Trend = { delivered: number[]; failed: number[] };
export type Figures = {
  range: Range;
  totals: Stats['totals'];
  /** The same length of time before; null where it is not kept. */
  before: Stats['totals'] | null;
  series: Stats['series'];
  /** By the hour, like `series`: all deliveries, those of outcomes too, as the figures and the integrations count them. */
  deliveries: Trend;
  integrations: (Fares & { trend: Trend })[];
  delivered: number;
  failed: number;
  success_rate: number | null;
  p95_ms: number | null;
};

const TREND_BARS = 24;

/** No more of a site than is needed, so that both its forms do: as published, and as the Directory has it. */
type Known = Pick<PublishedSite, 'site_id' | 'settings'> & {
  integrations: readonly Pick<Integration, 'integration_id' | 'name' | 'enabled' | 'triggers'>[];
};

export async function readFigures(env: Env, site: Known, range: Range, now: number): Promise<Figures> {
  return toFigures(site, range, now, await readStats(env.HUB_KV, site.site_id));
}

export function toFigures(site: Known, range: Range, now: number, snapshots: readonly Snapshot[]): Figures {
  const stats = toStats(range, now, site.integrations, snapshots);
  const hours = RANGES[range];
  const first = Date.parse(stats.series[0]?.t ?? '');
  const known = new Set(site.integrations.map(({ integration_id }) => integration_id));
  const lanes = snapshots.filter((it): it is LaneSnapshot => it.kind === 'lane' && known.has(it.integration_id));
  const latency: Histogram = {};
  for (const lane of lanes) for (const hour of lane.hours) if (hour.t >= first) merge(latency, hour.latency);
  const integrations = stats.integrations.map((row, i) => {
    const own = lanes.filter(({ integration_id }) => integration_id === row.integration_id);
    const since = own.flatMap(({ failing_since }) => failing_since ?? []);
    return {
      ...row,
      triggers: site.integrations[i]?.triggers ?? [],
      failing_since: since.length > 0 ? Math.min(...since) : null,
      trend: trendOf(own, first, hours, TREND_BARS),
    };
  });
  const sum = (of: 'succeeded' | 'failed') => integrations.reduce((total, row) => total + row[of], 0);
  const [delivered, failed] = [sum('succeeded'), sum('failed')];
  const kept = 2 * hours <= site.settings.retention_days * 24 && 2 * hours <= RANGES['30d'];
  return {
    range,
    totals: stats.totals,
    before: kept ? toStats(range, now - hours * HOUR_BUCKET_MS, site.integrations, snapshots).totals : null,
    series: stats.series,
    deliveries: trendOf(lanes, first, hours, hours),
    integrations,
    delivered,
    failed,
    success_rate: delivered + failed > 0 ? delivered / (delivered + failed) : null,
    p95_ms: quantile(latency, 0.95),
  };
}

function trendOf(lanes: readonly LaneSnapshot[], first: number, hours: number, bars: number): Trend {
  const trend: Trend = { delivered: new Array(bars).fill(0), failed: new Array(bars).fill(0) };
  for (const { hours: own } of lanes)
    for (const { t, succeeded, failed } of own) {
      const bar = Math.floor((((t - first) / HOUR_BUCKET_MS) * bars) / hours);
      if (bar < 0 || bar >= bars) continue;
      trend.delivered[bar] = (trend.delivered[bar] ?? 0) + succeeded;
      trend.failed[bar] = (trend.failed[bar] ?? 0) + failed;
    }
  return trend;
}
