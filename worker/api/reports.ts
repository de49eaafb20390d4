// What became of a site's events: stats and outcomes as published to KV, and the books from the objects themselves.
import * as z from 'zod';
import { Books, readBooks } from '../books.ts';
import { readOutcomes, readStats } from '../outcomes.ts';
import { fail, ok } from '../result.ts';
import { readSite } from '../site.ts';
import { Range, Stats, toStats } from '../stats.ts';
import { siteWithIntegrations } from './of-site.ts';
import { operation } from './operation.ts';
import { listOf, OfSite, Paging } from './params.ts';

const Delivered = z.object({
  event_id: z.string(),
  attempts: z.int(),
  status: z.int().nullable(),
  duration_ms: z.int(),
  error: z.string().nullable(),
});
/** Where the last record of a page stands: its place in a key, its time, and that key (outcomes.ts). */
const OutcomeCursor = z
  .string()
  .regex(/^\d{1,9}\.\d{13}\.\d{13}:[0-9a-f-]{36}:\d{1,3}$/, 'must be the `next` of the page before');
const noSite = fail({ tag: 'not_found', what: 'site' } as const);

export const reports = [
  operation({
    name: 'getStats',
    summary: 'Counts by hour, and how each integration fares; late by up to ten seconds.',
    method: 'get',
    path: '/v1/sites/:site_id/stats',
    params: OfSite,
    query: z.strictObject({ range: Range.default('24h') }),
    status: 200,
    answer: Stats,
    run: async ({ env, params, query, now }) => {
      const site = await readSite(env, params.site_id, now);
      if (!site) return noSite;
      return ok(toStats(query.range, now, site.integrations, await readStats(env.HUB_KV, site.site_id)));
    },
  }),
  operation({
    name: 'listOutcomes',
    summary: 'The WebhookSuccess and WebhookError records, newest first.',
    method: 'get',
    path: '/v1/sites/:site_id/outcomes',
    params: OfSite,
    query: Paging.extend({ cursor: OutcomeCursor.nullable().default(null) }),
    status: 200,
    answer: listOf(z.object({ delivery: Delivered }).catchall(z.string())),
    run: async ({ env, params, query, now }) => {
      const site = await readSite(env, params.site_id, now);
      return site ? ok(await readOutcomes(env.HUB_KV, site.site_id, query.limit, query.cursor)) : noSite;
    },
  }),
  operation({
    name: 'getBooks',
    summary: 'The exact balance of every integration, from journals and lanes.',
    method: 'get',
    path: '/v1/sites/:site_id/books',
    params: OfSite,
    status: 200,
    answer: Books,
    run: async ({ env, params, now }) => {
      const found = await siteWithIntegrations(env, params.site_id);
      return found.ok ? ok(await readBooks(env, found.value.site, found.value.integrations, now)) : found;
    },
  }),
];
