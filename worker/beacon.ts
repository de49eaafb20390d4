// The wire shape of what a page sends, checked event by event so that a bad one never takes its neighbours along.
// Owns shape and bounds; who may send what is accept.ts. The tracker takes its types from here and nothing else.
// Values are repaired where nothing of worth is lost (long: cut and marked; lone surrogates: U+FFFD).
import * as z from 'zod';
import { PAGE_EVENTS } from './event.ts';
import { Guid } from './guid.ts';
import { ATTRIBUTES_MAX, BEACON_EVENTS_MAX, FIELDS_MAX, KEY_CHARS_MAX, PROOF_CHARS_MAX } from './limits.ts';

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

// zod passes over `__proto__` in silence; a key that could reach a prototype is refused aloud instead.
const OwnKeys = z.custom<Record<string, unknown>>((value) => isRecord(value) && !Object.hasOwn(value, '__proto__'), {
  error: (issue) => (isRecord(issue.input) ? 'forbidden_key' : undefined),
});

/** Keys and values in one pass: a schema for each of them made up most of the time that an event takes to check. */
const captured = <Text extends string | null>(
  max: number,
  tooMany: string,
  textOf: (raw: unknown) => Text | undefined,
) =>
  OwnKeys.transform((given, context): Record<string, Text> => {
    const keys = Object.keys(given);
    if (keys.length > max) context.addIssue({ code: 'custom', message: tooMany });
    const taken: Record<string, Text> = {};
    for (const key of keys) {
      const text = textOf(given[key]);
      if (key !== '' && key.length <= KEY_CHARS_MAX && text !== undefined) taken[key.toWellFormed()] = text;
      else context.addIssue({ code: 'custom', message: 'invalid_event', path: [key] });
    }
    return taken;
  });

const textOf = (raw: unknown): string | undefined =>
  typeof raw === 'string'
    ? raw.toWellFormed()
    : typeof raw === 'boolean' || Number.isFinite(raw)
      ? String(raw)
      : undefined;

/** `null` removes an attribute of the profile or session. */
const Attributes = captured(ATTRIBUTES_MAX, 'too_many_attributes', (raw) => (raw === null ? null : textOf(raw)));
const Fields = captured(FIELDS_MAX, 'too_many_fields', textOf);

/** Why one event of a beacon was not accepted; the answer's `rejected[].reason`. */
export const REJECTED_REASONS = [
  'invalid_event',
  'unknown_event',
  'missing_fields',
  'too_many_attributes',
  'too_many_fields',
  'forbidden_key',
  'invalid_proof',
  'bot',
] as const;
export type RejectedReason = (typeof REJECTED_REASONS)[number];

/** One event as a page sends it. `timestamp` is the sender's clock, ISO 8601. */
export const BeaconEvent = z
  .object({
    id: Guid,
    event: z.enum(PAGE_EVENTS, { error: 'unknown_event' }),
    timestamp: z.iso.datetime({ offset: true }),
    user_session_id: Guid,
    user_profile_id: Guid.optional(),
    /** A page hands on what its server says, and `null` is how many servers say that there is none. */
    proof: z.string().max(PROOF_CHARS_MAX).nullish(),
    attributes: Attributes.optional(),
    fields: Fields.optional(),
  })
  .refine((event) => event.event !== 'SignUpSuccess' || event.fields !== undefined, { error: 'missing_fields' });
export type BeaconEvent = z.infer<typeof BeaconEvent>;

/** The envelope; its events are checked one by one afterwards. */
export const Beacon = z.object({
  site_id: Guid,
  sent_at: z.iso.datetime({ offset: true }),
  events: z.array(z.unknown()).min(1).max(BEACON_EVENTS_MAX),
});
export type Beacon = z.infer<typeof Beacon>;

/** What the tracker builds: the same shape before it was checked. */
export type WireEvent = z.input<typeof BeaconEvent>;
export type WireBeacon = { site_id: string; sent_at: string; events: WireEvent[] };

/** The answer to an accepted beacon (202). */
export type BeaconAnswer = {
  accepted: number;
  duplicate: number;
  rejected: { id: string | null; reason: RejectedReason }[];
};
