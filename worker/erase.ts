// Who is to be erased, whose an event is, and what is left of it. Pure. What stays of an event is what the books and
// the log need: its id, its name and its time; that of an attempt, how it went. Nothing that a page or a receiver wrote
// stays. Trade-off: events without a profile count as the person's when any event of the same session was.
import type { Event } from './event.ts';
import type { Person } from './rpc.ts';
import type { Attempt, Attempts } from './schedule.ts';

/** The reason of a delivery that is skipped because its person was erased. */
export const ERASED = 'erased';

/** Every text in which rows of this person can be recognised. */
export const idsOf = ({ profile, sessions }: Person): string[] => [...(profile === null ? [] : [profile]), ...sessions];

export function isOf({ profile, sessions }: Person, event: Event): boolean {
  if (profile === null) return sessions.includes(event.user_session_id);
  if (event.user_profile_id !== undefined) return event.user_profile_id === profile;
  return sessions.includes(event.user_session_id);
}

export const eraseEvent = ({ id, event, timestamp, integration_id, webhook_trigger }: Event): Event => ({
  id,
  event,
  timestamp,
  user_session_id: '',
  attributes: {},
  fields: {},
  ...(integration_id && { integration_id }),
  ...(webhook_trigger && { webhook_trigger }),
  erased: true,
});

/** The error's words stay only where they are ours for certain: a receiver's answer may name the person. */
const eraseAttempt = (attempt: Attempt): Attempt => ({
  at: attempt.at,
  duration_ms: attempt.duration_ms,
  status: attempt.status,
  error:
    attempt.error === null ? null : attempt.status === null ? 'No answer.' : `The endpoint answered ${attempt.status}.`,
  response_headers: {},
  response_body: '',
  ...(attempt.cause && { cause: attempt.cause }),
});

type Delivery = Attempts & { event: Event };

export const eraseDelivery = <T extends Delivery>(delivery: T): T => ({
  ...delivery,
  event: eraseEvent(delivery.event),
  attempts: delivery.attempts.map(eraseAttempt),
});

export function eraseEnded<T extends Delivery & { status: string; reason: string | null }>(ended: T): T {
  const erased = eraseDelivery(ended);
  return ended.status === 'failed' ? { ...erased, reason: erased.attempts.at(-1)?.error ?? null } : erased;
}

/** A text of at least as many bytes, so that SQLite writes it over the old one and leaves no copy in a free page. */
export function overwriting(text: string, old: string): string {
  const missing = BYTES.encode(old).byteLength - BYTES.encode(text).byteLength;
  return missing > 0 ? text + ' '.repeat(missing) : text;
}
const BYTES = new TextEncoder();
