// Downloads as CSV: figures by the hour, the books, and the log of deliveries with the filters of its page.
import { Hono } from 'hono';
import { listDeliveries } from '../deliveries.ts';
import { Cursor } from '../delivery.ts';
import { PAGE_LIMIT_MAX } from '../limits.ts';
import { readSite } from '../site.ts';
import { Range } from '../stats.ts';
import { readSiteBooks } from './books.tsx';
import { csvDownload } from './csv.ts';
import { readFilters, toDeliveryFilter } from './delivery-filter.ts';
import { readFigures } from './overview-figures.ts';
import type { Page } from './page.ts';
import { siteOf } from './site-of.ts';

export const csvFiles = new Hono<Page>();

csvFiles.get('/:site_id/stats.csv', async (c) => {
  const site = await readSite(c.env, c.req.param('site_id'), c.var.now);
  if (!site) return c.notFound();
  const range = Range.catch('30d').parse(c.req.query('range'));
  const { series, deliveries } = await readFigures(c.env, site, range, c.var.now);
  const rows = series.map((hour, i) => [
    hour.t,
    hour.SiteViewed,
    hour.SignUpSuccess,
    hour.WebhookSuccess,
    hour.WebhookError,
    deliveries.delivered[i] ?? 0,
    deliveries.failed[i] ?? 0,
  ]);
  const counted = ['site_viewed', 'sign_up_success', 'webhook_success', 'webhook_error', 'delivered', 'failed'];
  const head = ['hour_utc', ...counted];
  return csvDownload(`stats-${range}.csv`, head, once(rows));
});

csvFiles.get('/:site_id/books.csv', async (c) => {
  const found = await readSiteBooks(c);
  if (!found) return c.notFound();
  const names = new Map(found.integrations.map(({ integration_id, name }) => [integration_id, name]));
  const rows = found.balance.integrations.flatMap(({ integration_id, triggers }) =>
    triggers.map(({ event, matching, succeeded, failed, skipped, pending, balanced }) => [
      integration_id,
      names.get(integration_id) ?? '',
      event,
      matching,
      succeeded,
      failed,
      skipped,
      pending,
      balanced,
    ]),
  );
  const head = ['integration_id', 'name', 'event', 'matching', 'succeeded', 'failed', 'skipped', 'pending', 'balanced'];
  return csvDownload('books.csv', head, once(rows));
});

csvFiles.get('/:site_id/deliveries.csv', async (c) => {
  const found = await siteOf(c);
  if (!found) return c.notFound();
  const { site, integrations } = found;
  const filter = toDeliveryFilter(readFilters(c.req.query()), c.var.now);
  const names = new Map(integrations.map(({ integration_id, name }) => [integration_id, name]));
  const head = ['event_id', 'integration_id', 'integration', 'event', 'status', 'attempts', 'created_at'];
  async function* pages() {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const place = Cursor.optional().parse(cursor);
      const page = await listDeliveries(c.env, site, integrations, filter, PAGE_LIMIT_MAX, place);
      yield page.data.map((row) => [
        row.event_id,
        row.integration_id,
        names.get(row.integration_id) ?? '',
        row.event,
        row.status,
        row.attempts,
        row.created_at,
        row.next_attempt_at,
        row.last_error,
      ]);
      cursor = page.next;
    }
  }
  return csvDownload('deliveries.csv', [...head, 'next_attempt_at', 'last_error'], pages());
});

async function* once<T>(rows: T) {
  yield rows;
}
