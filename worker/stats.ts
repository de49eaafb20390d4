// The snapshots that journals and lanes publish to KV, and how they add up to what the stats endpoint answers.
// Pure. A snapshot is late by up to ten seconds; the exact figures are the books.
import * as z from 'zod';
import { EVENT_NAMES } from './event.ts';
import { type Histogram, merge, quantile } from './histogram.ts';
import { HOUR_BUCKET_MS } from './limits.ts';

/** Hours that 0.1.0 published may lack a count, or say less than none where a replay took back what had ended before. */
const Count = z.int().min(0).catch(0);

export const JournalSnapshot = z.object({
  kind: z.literal('journal'),
  hours: z.array(z.object({ t: z.int(), SiteViewed: Count, SignUpSuccess: Count })),
});
export type JournalSnapshot = z.infer<typeof JournalSnapshot>;

export const LaneSnapshot = z.object({
  kind: z.literal('lane'),
  integration_id: z.string(),
  pending: z.int(),
  /** Set while deliveries fail: when it began (ms) and the last error in words. */
  failing_since: z.int().nullable(),
  last_error: z.object({ at: z.int(), error: z.string() }).nullable(),
  hours: z.array(
    z.object({
      t: z.int(),
      /** Each delivery once, in the hour in which it ended last: one that was sent again is not counted where it failed. */
      succeeded: Count,
      failed: Count,
      skipped: Count,
      /** Every end of a delivery of a page event, as the outcome records have it: an end that happened stays counted. */
      WebhookSuccess: Count,
      WebhookError: Count,
      latency: z.record(z.coerce.number(), z.int()),
    }),
  ),
});
export type LaneSnapshot = z.infer<typeof LaneSnapshot>;

export const Snapshot = z.discriminatedUnion('kind', [JournalSnapshot, LaneSnapshot]);
export type Snapshot = z.infer<typeof Snapshot>;

export const RANGES = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24 } as const;
/** Not `in RANGES`: that would also take `constructor` from an address. */
export const Range = z.enum(Object.keys(RANGES) as [keyof typeof RANGES, ...(keyof typeof RANGES)[]]);
export type Range = z.infer<typeof Range>;

const Point = z.object({
  t: z.iso.datetime(),
  SiteViewed: z.int(),
  SignUpSuccess: z.int(),
  WebhookSuccess: z.int(),
  WebhookError: z.int(),
});

/** `GET /v1/sites/:site_id/stats`. Hours in UTC; WebhookSuccess and WebhookError count outcomes. */
export const Stats = z.object({
  range: z.enum(['24h', '7d', '30d']),
  as_of: z.iso.datetime(),
  totals: Point.omit({ t: true }).extend({ pending: z.int() }),
  series: z.array(Point),
  integrations: z.array(
    z.object({
      integration_id: z.string(),
      name: z.string(),
      state: z.enum(['ok', 'failing', 'disabled']),
      succeeded: z.int(),
      failed: z.int(),
      skipped: z.int(),
      pending: z.int(),
      /** 0 to 1; null where nothing has ended yet. */
      success_rate: z.number().nullable(),
      p50_ms: z.int().nullable(),
      p95_ms: z.int().nullable(),
      last_error: z.string().nullable(),
    }),
  ),
});
export type Stats = z.infer<typeof Stats>;

type Named = { integration_id: string; name: string; enabled: boolean };

export function toStats(
  range: Range,
  now: number,
  integrations: readonly Named[],
  snapshots: readonly Snapshot[],
): Stats {
  const lastHour = Math.floor(now / HOUR_BUCKET_MS);
  const since = (lastHour - RANGES[range] + 1) * HOUR_BUCKET_MS;
  const counts = () => ({ SiteViewed: 0, SignUpSuccess: 0, WebhookSuccess: 0, WebhookError: 0 });
  const totals = { ...counts(), pending: 0 };
  const points = Array.from({ length: RANGES[range] }, (_, i) => ({
    t: new Date(since + i * HOUR_BUCKET_MS).toISOString(),
    ...counts(),
  }));
  for (const { hours } of snapshots)
    for (const hour of hours) {
      const point = points[(hour.t - since) / HOUR_BUCKET_MS];
      if (!point) continue;
      for (const name of EVENT_NAMES) {
        const count = (hour as Partial<Record<typeof name, number>>)[name] ?? 0;
        point[name] += count;
        totals[name] += count;
      }
    }
  const rows = integrations.map((integration) => rowOf(integration, since, snapshots));
  totals.pending = rows.reduce((sum, { pending }) => sum + pending, 0);
  return { range, as_of: new Date(now).toISOString(), totals, series: points, integrations: rows };
}

function rowOf({ integration_id, name, enabled }: Named, since: number, snapshots: readonly Snapshot[]) {
  const lanes = snapshots.filter((s): s is LaneSnapshot => s.kind === 'lane' && s.integration_id === integration_id);
  const hours = lanes.flatMap((lane) => lane.hours).filter(({ t }) => t >= since);
  const sum = (pick: (hour: LaneSnapshot['hours'][number]) => number) => hours.reduce((n, hour) => n + pick(hour), 0);
  const latency: Histogram = {};
  for (const hour of hours) merge(latency, hour.latency);
  const [succeeded, failed] = [sum((hour) => hour.succeeded), sum((hour) => hour.failed)];
  const lastError = lanes.flatMap((lane) => lane.last_error ?? []).sort((a, b) => b.at - a.at)[0];
  const failing = lanes.some((lane) => lane.failing_since !== null);
  return {
    integration_id,
    name,
    state: enabled ? (failing ? ('failing' as const) : ('ok' as const)) : ('disabled' as const),
    succeeded,
    failed,
    skipped: sum((hour) => hour.skipped),
    pending: lanes.reduce((n, lane) => n + lane.pending, 0),
    success_rate: succeeded + failed > 0 ? succeeded / (succeeded + failed) : null,
    p50_ms: quantile(latency, 0.5),
    p95_ms: quantile(latency, 0.95),
    last_error: lastError?.error ?? null,
  };
}
