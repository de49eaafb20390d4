import { expect, test } from 'vitest';
import type { PublishedSite } from '../../worker/config.ts';
import { type Figures, toFigures } from '../../worker/dashboard/overview-figures.ts';
import { HOUR_BUCKET_MS } from '../../worker/limits.ts';
import type { Range, Snapshot } from '../../worker/stats.ts';

const NOW = Date.parse('2026-11-23T14:05:00Z');
const HOUR = Math.floor(NOW / HOUR_BUCKET_MS) * HOUR_BUCKET_MS;
const integration = (integration_id: string) => ({ integration_id, name: integration_id, enabled: true, triggers: [] });
const site = {
  integrations: ['crm', 'chat'].map(integration),
  settings: { retention_days: 30 },
} as unknown as PublishedSite;

type Hour = { t: number; succeeded: number; failed: number; WebhookSuccess: number; WebhookError: number };
const lane = (integration_id: string, hours: Hour[]): Snapshot => ({
  kind: 'lane',
  integration_id,
  pending: 0,
  failing_since: null,
  last_error: null,
  hours: hours.map((hour) => ({ ...hour, skipped: 0, latency: {} })),
});

/** Chat is told of the outcomes of the CRM's deliveries, and one integration has been deleted. */
const snapshots = [
  lane('crm', [
    { t: HOUR - 30 * HOUR_BUCKET_MS, succeeded: 5, failed: 0, WebhookSuccess: 5, WebhookError: 0 },
    { t: HOUR, succeeded: 3, failed: 1, WebhookSuccess: 3, WebhookError: 1 },
  ]),
  lane('chat', [{ t: HOUR, succeeded: 3, failed: 2, WebhookSuccess: 0, WebhookError: 0 }]),
  lane('deleted', [{ t: HOUR, succeeded: 9, failed: 9, WebhookSuccess: 9, WebhookError: 9 }]),
];

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const inChart = ({ deliveries }: Figures) => [sum(deliveries.delivered), sum(deliveries.failed)];
const inRows = ({ integrations }: Figures) => [
  sum(integrations.map(({ succeeded }) => succeeded)),
  sum(integrations.map(({ failed }) => failed)),
];

test.each<[Range, number, number]>([
  ['24h', 6, 3],
  ['7d', 11, 3],
  ['30d', 11, 3],
])(
  'over %s figures, chart and integrations count the same deliveries, outcomes that were sent too',
  (range, ...counts) => {
    const figures = toFigures(site, range, NOW, snapshots);
    expect([figures.delivered, figures.failed]).toEqual(counts);
    expect(inChart(figures)).toEqual(counts);
    expect(inRows(figures)).toEqual(counts);
    expect(figures.deliveries.delivered).toHaveLength(figures.series.length);
    expect(figures.deliveries.delivered.at(-1)).toBe(6);
  },
);
