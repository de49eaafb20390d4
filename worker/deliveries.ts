// The deliveries of a site over all its lanes: listed as one, found, sent again. Each lane answers for its own log;
// this puts the answers in order and knows where the next page begins.
import { type Env, journalOf, laneOf } from './bindings.ts';
import type { Integration, Site } from './config.ts';
import {
  beforeIn,
  compare,
  type Delivery,
  type DeliveryDetail,
  type DeliveryFilter,
  type DeliverySummary,
  type NotAgain,
  type Place,
  type ReplayFilter,
  type ShownAttempt,
  START,
  toCursor,
} from './delivery.ts';
import type { Reject } from './reject.ts';
import { fail, ok, type Result } from './result.ts';
import type { Journaled, Page } from './rpc.ts';
import type { Attempt } from './schedule.ts';
import { everyShard } from './shards.ts';

/** Newest first, by when the event was accepted. */
export async function listDeliveries(
  env: Env,
  site: Site,
  integrations: readonly Integration[],
  { integration_id: only, ...filter }: DeliveryFilter,
  limit: number,
  place: Place = START,
): Promise<Page<DeliverySummary>> {
  const asked = integrations.filter(({ integration_id }) => !only || integration_id === only);
  const lanes = asked.flatMap(({ integration_id }) => shardsOf(site).map((shard) => ({ integration_id, shard })));
  const parts = await Promise.all(
    lanes.map(async ({ integration_id, shard }) => {
      const query = { ...filter, before: beforeIn(place, shard, integration_id), limit: limit + 1 };
      const found = await laneOf(env, site.settings, integration_id, shard).deliveries(query);
      return found.map((delivery) => ({ delivery, place: { at: delivery.at, shard, n: delivery.n, integration_id } }));
    }),
  );
  const all = parts.flat().sort((a, b) => compare(a.place, b.place));
  const shown = all.slice(0, limit);
  const last = shown.at(-1);
  return {
    data: shown.map(({ delivery, place: { integration_id } }) => summaryOf(delivery, integration_id)),
    next: last && all.length > limit ? toCursor(last.place) : null,
  };
}

export async function getDelivery(
  env: Env,
  site: Site,
  integrationId: string,
  eventId: string,
): Promise<Result<DeliveryDetail, Reject>> {
  const found = await find(env, site, eventId);
  const shown = found && (await laneOf(env, site.settings, integrationId, found.shard).delivery(found.entry));
  if (!shown) return fail({ tag: 'not_found', what: 'delivery' });
  const { delivery, attempts, ...content } = shown;
  const tried = { attempts: attempts.map(showAttempt), attempts_dropped: delivery.attempts - attempts.length };
  return ok({ ...summaryOf(delivery, integrationId), ...tried, ...content });
}

/** An attempt as the API shows it. */
export const showAttempt = ({ at, cause, warning, ...rest }: Attempt): ShownAttempt => ({
  at: new Date(at).toISOString(),
  cause: cause ?? null,
  warning: warning ?? null,
  ...rest,
});

/** Sends one ended delivery again, with the same webhook-id. */
export async function replayOne(
  env: Env,
  site: Site,
  integration: Integration,
  eventId: string,
): Promise<Result<{ count: number }, Reject>> {
  const found = await find(env, site, eventId);
  if (!found) return fail({ tag: 'not_found', what: 'delivery' });
  const lane = laneOf(env, site.settings, integration.integration_id, found.shard);
  if (!(await lane.delivery(found.entry))) return fail({ tag: 'not_found', what: 'delivery' });
  if (!integration.enabled) return fail(DISABLED);
  const again = await lane.replayOne(found.entry);
  if (again.ok) return ok({ count: 1 });
  return fail({ tag: 'invalid', issues: [{ path: 'event_id', message: NOT_AGAIN[again.reason] }] });
}

const NOT_AGAIN: Record<NotAgain, string> = {
  pending: 'This delivery is still pending: it has not ended.',
  erased: "Its content was erased with its person: it can't be sent again.",
};

/** It would only be skipped once more. */
const DISABLED: Reject = {
  tag: 'invalid',
  issues: [{ path: 'integration_id', message: 'The integration is disabled. Enable it, then send again.' }],
};

/** Sends all that the filter takes again, paced; or only counts them, which goes at any time. */
export async function replayMany(
  env: Env,
  site: Site,
  { integration_id, enabled }: Integration,
  filter: ReplayFilter,
): Promise<Result<{ count: number }, Reject>> {
  if (!enabled && !filter.dry_run) return fail(DISABLED);
  const counts = await Promise.all(
    shardsOf(site).map((shard) => laneOf(env, site.settings, integration_id, shard).replayMany(filter)),
  );
  return ok({ count: counts.reduce((sum, count) => sum + count, 0) });
}

const shardsOf = ({ settings }: Site) => everyShard(settings.shards);

async function find(env: Env, site: Site, eventId: string): Promise<{ shard: number; entry: Journaled } | null> {
  const found = await Promise.all(
    shardsOf(site).map(async (shard) => {
      const entry = await journalOf(env, site.settings, site.site_id, shard).find(eventId);
      return entry && { shard, entry };
    }),
  );
  return found.find((it) => it !== null) ?? null;
}

const summaryOf = (delivery: Delivery, integration_id: string): DeliverySummary => ({
  event_id: delivery.event_id,
  integration_id,
  event: delivery.event,
  status: delivery.status,
  attempts: delivery.attempts,
  created_at: new Date(delivery.at).toISOString(),
  next_attempt_at: delivery.next_attempt_at === null ? null : new Date(delivery.next_attempt_at).toISOString(),
  last_error: delivery.last_error,
});
