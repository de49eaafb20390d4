// A delivery as it is shown: the shapes of section 7 of the contract, what may be asked of the log, and the order in
// which deliveries of many lanes are listed. Pure.
import * as z from 'zod';
import { CAUSES } from './diagnose.ts';
import { EVENT_NAMES, type EventName } from './event.ts';
import { Guid } from './guid.ts';

/** How a delivery may end. */
export const END_STATUSES = ['succeeded', 'failed', 'skipped'] as const;
export type EndStatus = (typeof END_STATUSES)[number];
export const DELIVERY_STATUSES = ['pending', 'retrying', ...END_STATUSES] as const;
type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** One line of `GET …/deliveries`. `attempts`: how many there were. */
export const DeliverySummary = z.object({
  event_id: z.string(),
  integration_id: z.string(),
  event: z.enum(EVENT_NAMES),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.int(),
  /** When the event was accepted. */
  created_at: z.iso.datetime(),
  next_attempt_at: z.iso.datetime().nullable(),
  last_error: z.string().nullable(),
});
export type DeliverySummary = z.infer<typeof DeliverySummary>;

/** One HTTP try. `status` is null where there was no response; `response_body` holds its first 4 KiB. */
export const ShownAttempt = z.object({
  at: z.iso.datetime(),
  status: z.int().nullable(),
  duration_ms: z.int(),
  error: z.string().nullable(),
  /** What `error` is about, for programs. */
  cause: z.enum(CAUSES).nullable(),
  /** A 2xx that is probably none, such as a login page, in words. */
  warning: z.string().nullable(),
  response_headers: z.record(z.string(), z.string()),
  response_body: z.string(),
});
export type ShownAttempt = z.infer<typeof ShownAttempt>;

/** `GET …/deliveries/:event_id/:integration_id`. `body` is what was, or will be, sent. */
export const DeliveryDetail = DeliverySummary.extend({
  attempts: z.array(ShownAttempt),
  /** Attempts before these that are no longer kept: when a delivery is sent again, the oldest give way. */
  attempts_dropped: z.int(),
  body: z.string(),
  /** Keys whose value was longer than is kept, and was cut. */
  cut: z.array(z.string()),
  /** Its person was erased: ids and times are left of it, and it can't be sent again. */
  erased: z.boolean(),
});
export type DeliveryDetail = z.infer<typeof DeliveryDetail>;

const Time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** What a list may be narrowed to; `since` and `until` bound `created_at`. */
export const DeliveryFilter = z.strictObject({
  integration_id: Guid.optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
  event: z.enum(EVENT_NAMES).optional(),
  since: Time.optional(),
  until: Time.optional(),
});
export type DeliveryFilter = z.infer<typeof DeliveryFilter>;

/** Which deliveries `POST …/replay` sends again; with `dry_run` it only counts them. */
export const ReplayFilter = z.strictObject({
  status: z.enum(END_STATUSES).default('failed'),
  since: Time.optional(),
  until: Time.optional(),
  dry_run: z.boolean().default(false),
});
/** `ended_since`: only what ended since (ms); for catching up after an integration was disabled. */
export type ReplayFilter = z.infer<typeof ReplayFilter> & { ended_since?: number };

/** Why one delivery can't be sent again. */
export type NotAgain = 'pending' | 'erased';

/** A delivery as a lane knows it. Times in ms. */
export type Delivery = {
  n: number;
  at: number;
  event_id: string;
  event: EventName;
  status: DeliveryStatus;
  attempts: number;
  next_attempt_at: number | null;
  last_error: string | null;
};

/** What a lane is asked for: deliveries before a position and a time, both exclusive, newest first. */
export type DeliveryQuery = Omit<DeliveryFilter, 'integration_id'> & {
  before: { n: number; at: number };
  limit: number;
};

/** Where a page ended. Newest first: by time of acceptance, then shard, then position, then integration. */
export type Place = { at: number; shard: number; n: number; integration_id: string };

export const START: Place = { at: Number.MAX_SAFE_INTEGER, shard: -1, n: Number.MAX_SAFE_INTEGER, integration_id: '' };

export const compare = (a: Place, b: Place): number =>
  b.at - a.at || a.shard - b.shard || b.n - a.n || (a.integration_id < b.integration_id ? -1 : 1);

/** What comes after a place in one lane. */
export function beforeIn(place: Place, shard: number, integrationId: string): DeliveryQuery['before'] {
  const any = Number.MAX_SAFE_INTEGER;
  if (shard !== place.shard) return { n: any, at: Math.min(any, shard > place.shard ? place.at + 1 : place.at) };
  return { n: integrationId > place.integration_id ? place.n + 1 : place.n, at: Math.min(any, place.at + 1) };
}

export const toCursor = ({ at, shard, n, integration_id }: Place): string => [at, shard, n, integration_id].join('.');

export const Cursor = z
  .string()
  .regex(/^\d{1,16}\.\d{1,3}\.\d{1,16}\.[0-9a-f-]{36}$/, 'must be the `next` of the page before')
  .transform((text): Place => {
    const [at, shard, n, integration_id = ''] = text.split('.');
    return { at: Number(at), shard: Number(shard), n: Number(n), integration_id };
  });
