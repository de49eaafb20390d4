// The event as the journal keeps it and as a delivery reads it: what happened, once.
// The shape in which it comes from a page is beacon.ts; the shape in which it leaves is payload.ts.

/** Names that pages may raise. */
export const PAGE_EVENTS = ['SiteViewed', 'SignUpSuccess'] as const;
/** Names that the delivery itself raises, once for each delivery that has ended. */
export const OUTCOME_EVENTS = ['WebhookSuccess', 'WebhookError'] as const;
export const EVENT_NAMES = [...PAGE_EVENTS, ...OUTCOME_EVENTS] as const;

export type OutcomeEvent = (typeof OUTCOME_EVENTS)[number];
export type EventName = (typeof EVENT_NAMES)[number];

export type Event = {
  id: string;
  event: EventName;
  /** ISO 8601, UTC, milliseconds; corrected for the sender's clock. */
  timestamp: string;
  user_session_id: string;
  user_profile_id?: string | undefined;
  attributes: Record<string, string>;
  fields: Record<string, string>;
  /** Keys whose value was longer than VALUE_CHARS_MAX and was cut. */
  cut?: string[] | undefined;
  /** Only on outcome events: which integration, and the name of the event that it was sent. */
  integration_id?: string | undefined;
  webhook_trigger?: EventName | undefined;
  /** Set where the person was erased: nothing of theirs is left here. */
  erased?: true | undefined;
};

/** What of an event may be large, in characters. */
export function charsOf({ attributes, fields }: Event): number {
  let chars = 0;
  for (const captured of [attributes, fields])
    for (const [key, value] of Object.entries(captured)) chars += key.length + value.length;
  return chars;
}

export const isOutcome = (name: EventName): name is OutcomeEvent =>
  (OUTCOME_EVENTS as readonly EventName[]).includes(name);
