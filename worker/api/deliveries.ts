// The log of deliveries: listed, shown with every attempt, sent again.
import * as z from 'zod';
import { getDelivery, listDeliveries, replayMany, replayOne } from '../deliveries.ts';
import { Cursor, DeliveryDetail, DeliveryFilter, DeliverySummary, ReplayFilter } from '../delivery.ts';
import { Guid } from '../guid.ts';
import { ok } from '../result.ts';
import { siteWithIntegration, siteWithIntegrations } from './of-site.ts';
import { operation } from './operation.ts';
import { listOf, OfIntegration, OfSite, Paging } from './params.ts';

const PATH = '/v1/sites/:site_id/deliveries';
const OfDelivery = OfIntegration.extend({ event_id: Guid });
const Count = z.object({ count: z.int() });

export const deliveries = [
  operation({
    name: 'listDeliveries',
    summary: 'List deliveries, newest first; since and until bound created_at.',
    method: 'get',
    path: PATH,
    params: OfSite,
    query: DeliveryFilter.extend({ ...Paging.shape, cursor: Cursor.optional() }),
    status: 200,
    answer: listOf(DeliverySummary),
    run: async ({ env, params, query: { limit, cursor, ...filter } }) => {
      const found = await siteWithIntegrations(env, params.site_id);
      if (!found.ok) return found;
      return ok(await listDeliveries(env, found.value.site, found.value.integrations, filter, limit, cursor));
    },
  }),
  operation({
    name: 'getDelivery',
    summary: 'Show one delivery: the body sent and every attempt.',
    method: 'get',
    path: `${PATH}/:event_id/:integration_id`,
    params: OfDelivery,
    status: 200,
    answer: DeliveryDetail,
    run: async ({ env, params }) => {
      const found = await siteWithIntegration(env, params);
      return found.ok ? getDelivery(env, found.value.site, params.integration_id, params.event_id) : found;
    },
  }),
  operation({
    name: 'replayDelivery',
    summary: 'Send one ended delivery again, with the same webhook-id.',
    method: 'post',
    path: `${PATH}/:event_id/:integration_id/replay`,
    params: OfDelivery,
    status: 200,
    answer: Count,
    errors: [
      [422, 'invalid: it has not ended, its content was erased, or the integration is disabled; `issues` says which.'],
    ],
    run: async ({ env, params }) => {
      const found = await siteWithIntegration(env, params);
      return found.ok ? replayOne(env, found.value.site, found.value.integration, params.event_id) : found;
    },
  }),
  operation({
    name: 'replayDeliveries',
    summary: 'Send again, paced, all deliveries that ended so within a time; with dry_run, only count them.',
    method: 'post',
    path: '/v1/sites/:site_id/integrations/:integration_id/replay',
    params: OfIntegration,
    body: ReplayFilter,
    status: 200,
    answer: Count,
    run: async ({ env, params, body }) => {
      const found = await siteWithIntegration(env, params);
      return found.ok ? replayMany(env, found.value.site, found.value.integration, body) : found;
    },
  }),
];
