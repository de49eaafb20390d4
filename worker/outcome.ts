// An ended delivery → the event that it raises and the record that readers find in KV. Pure. A delivery of an outcome
// raises nothing (loop guard), and neither does a skipped one. The id is derived from what it tells of, so that a
// crash between settling and raising repeats the same event, which the journal then knows.
import { createHash } from 'node:crypto';
import { type Event, isOutcome } from './event.ts';
import type { Settled } from './lane-tables.ts';
import type { Delivered, RecordText } from './outcomes.ts';
import { payload } from './payload.ts';
import type { LaneConfig } from './rpc.ts';
import { countOf } from './schedule.ts';

/** The WebhookSuccess or WebhookError of a delivery, or null where it raises none. */
export function outcomeOf({ event, status, ended_at, from }: Settled, integrationId: string): Event | null {
  if (status === 'skipped' || isOutcome(event.event)) return null;
  return {
    id: derivedGuid(`${event.id}:${integrationId}${from === undefined ? '' : `:${from}`}`),
    event: status === 'succeeded' ? 'WebhookSuccess' : 'WebhookError',
    timestamp: new Date(ended_at).toISOString(),
    user_session_id: event.user_session_id,
    ...(event.user_profile_id && { user_profile_id: event.user_profile_id }),
    attributes: event.attributes,
    fields: {},
    integration_id: integrationId,
    webhook_trigger: event.event,
  };
}

/** The outcome as KV keeps it: the body of the outcome event, then `delivery`. */
function recordOf(settled: Settled, outcome: Event, siteId: string): string {
  const last = settled.attempts.at(-1);
  const delivery: Delivered = {
    event_id: settled.event.id,
    attempts: countOf(settled),
    status: last?.status ?? null,
    duration_ms: last?.duration_ms ?? 0,
    error: settled.status === 'succeeded' ? null : (settled.reason ?? last?.error ?? null),
  };
  return payload(outcome, { site_id: siteId, site_name: settled.site_name }, { delivery });
}

/** The records of deliveries, as texts, with whether each succeeded. */
export const recordsOf = (
  settled: readonly Settled[],
  { site_id, integration }: Pick<LaneConfig, 'site_id' | 'integration'>,
): RecordText[] =>
  settled.flatMap((delivery) => {
    const outcome = outcomeOf(delivery, integration.integration_id);
    return outcome ? [{ text: recordOf(delivery, outcome, site_id), ok: delivery.status === 'succeeded' }] : [];
  });

/** RFC 9562 version 8: bits of a hash in the shape of a GUID. */
function derivedGuid(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}
