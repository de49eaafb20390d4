// What is done with the endpoint of an integration: tried out, enabled again, looked at.
import * as z from 'zod';
import { directoryOf, type Env, laneOf } from '../bindings.ts';
import { Integration, type Site } from '../config.ts';
import { replayMany, showAttempt } from '../deliveries.ts';
import { ShownAttempt } from '../delivery.ts';
import { EVENT_NAMES } from '../event.ts';
import { ok } from '../result.ts';
import { everyShard } from '../shards.ts';
import { siteWithIntegration } from './of-site.ts';
import { operation } from './operation.ts';
import { OfIntegration } from './params.ts';

const PATH = '/v1/sites/:site_id/integrations/:integration_id';
const Time = z.iso.datetime().nullable();
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** How an integration fares, over all its lanes. */
export const Health = z.object({
  state: z.enum(['ok', 'failing', 'disabled']),
  /** probing: the endpoint is down and asked now and then; recovering: the pace grows after an outage. */
  mode: z.enum(['steady', 'probing', 'recovering']),
  failing_since: Time,
  last_error: z.string().nullable(),
  pending: z.int(),
  /** Deliveries a second allowed now; null: no limit. */
  per_second: z.number().nullable(),
  /** When the backlog will be gone at this pace; null while it can't be told. */
  backlog_done_at: Time,
});

/** Sends what was skipped since the integration was disabled (`since`); `dry_run` only counts it. */
export const catchUp = async (
  env: Env,
  site: Site,
  integration: Integration,
  since: string | null,
  dry_run: boolean,
) =>
  since === null
    ? ok({ count: 0 })
    : replayMany(env, site, integration, { status: 'skipped', ended_since: Date.parse(since), dry_run });

export const endpoints = [
  operation({
    name: 'testIntegration',
    summary: 'Send a sample of the site’s own last event of a kind, values masked, now; answers the attempt.',
    method: 'post',
    path: `${PATH}/test`,
    params: OfIntegration,
    body: z.strictObject({ event: z.enum(EVENT_NAMES).optional() }).default({}),
    status: 200,
    answer: ShownAttempt.extend({ body: z.string() }),
    run: async ({ env, params, body }) => {
      const found = await siteWithIntegration(env, params);
      if (!found.ok) return found;
      const { site, integration } = found.value;
      const name = body.event ?? integration.triggers[0] ?? 'SignUpSuccess';
      const { attempt, body: sent } = await laneOf(env, site.settings, integration.integration_id, 0).probe(name);
      return ok({ ...showAttempt(attempt), body: sent });
    },
  }),
  operation({
    name: 'enableIntegration',
    summary: 'Enable an integration again; with catch_up, what was skipped since it was disabled is delivered.',
    method: 'post',
    path: `${PATH}/enable`,
    params: OfIntegration,
    body: z.strictObject({ catch_up: z.boolean().default(false) }).default({ catch_up: false }),
    status: 200,
    answer: Integration.extend({ catching_up: z.int() }),
    run: async ({ env, params, body }) => {
      const found = await siteWithIntegration(env, params);
      if (!found.ok) return found;
      const { site, integration } = found.value;
      const enabled = await directoryOf(env).patchIntegration(site.site_id, integration.integration_id, {
        enabled: true,
      });
      if (!enabled.ok) return enabled;
      const again = body.catch_up
        ? await catchUp(env, site, enabled.value, integration.disabled_at, false)
        : ok({ count: 0 });
      return again.ok ? ok({ ...enabled.value, catching_up: again.value.count }) : again;
    },
  }),
  operation({
    name: 'getIntegrationHealth',
    summary: 'How an integration fares now: its pace, its backlog, and when that will be done.',
    method: 'get',
    path: `${PATH}/health`,
    params: OfIntegration,
    status: 200,
    answer: Health,
    run: async ({ env, params }) => {
      const found = await siteWithIntegration(env, params);
      if (!found.ok) return found;
      const { site, integration } = found.value;
      const lanes = await Promise.all(
        everyShard(site.settings.shards).map((shard) =>
          laneOf(env, site.settings, integration.integration_id, shard).health(),
        ),
      );
      const earliest = (times: (number | null)[]) =>
        times.filter((time) => time !== null).sort((a, b) => a - b)[0] ?? null;
      const since = earliest(lanes.map((lane) => lane.failing_since));
      const done = lanes.map((lane) => lane.backlog_done_at);
      const paces = lanes.map((lane) => lane.per_second);
      const latest = lanes.flatMap((lane) => lane.last_error ?? []).sort((a, b) => b.at - a.at)[0];
      return ok({
        state: integration.enabled ? (since === null ? 'ok' : 'failing') : 'disabled',
        mode: (['probing', 'recovering'] as const).find((mode) => lanes.some((lane) => lane.mode === mode)) ?? 'steady',
        failing_since: iso(since),
        last_error: latest?.error ?? null,
        pending: lanes.reduce((sum, { pending }) => sum + pending, 0),
        per_second: paces.includes(null) ? null : paces.reduce((sum: number, pace) => sum + (pace ?? 0), 0),
        backlog_done_at: iso(done.includes(null) ? null : Math.max(...done.map((time) => time ?? 0))),
      });
    },
  }),
];
