// The policy of acceptance: which events of a parsed beacon this site takes, and in what form. Pure: the clock is
// handed in. Owns origin rules, clock correction, bots, proof, and the cutting of long values; it never writes.
import { isbot } from 'isbot';
import type { BeaconAnswer, BeaconEvent, RejectedReason } from './beacon.ts';
import type { PublishedSite } from './config.ts';
import { VALUE_CHARS_MAX } from './limits.ts';
import type { ParsedBeacon } from './parse.ts';
import type { Reject } from './reject.ts';
import { fail, ok, type Result } from './result.ts';
import type { IncomingEvent } from './rpc.ts';
import { provesProfile } from './sign.ts';

export type Accepted = { events: IncomingEvent[]; rejected: BeaconAnswer['rejected'] };
export type Sender = { origin: string | null; userAgent: string; receivedAt: number };
/** The site's proof secret, opened; null where the site demands no proof. */
export type ProofSecret = string | null;

export function accept(
  beacon: ParsedBeacon,
  site: PublishedSite,
  proofSecret: ProofSecret,
  sender: Sender,
): Result<Accepted, Reject> {
  if (!site.origins.some((pattern) => allows(pattern, sender.origin))) return fail({ tag: 'origin_not_allowed' });
  const bot = isbot(sender.userAgent);
  const events: IncomingEvent[] = [];
  const rejected = [...beacon.rejected];
  for (const event of beacon.events) {
    const reason = refusal(event, proofSecret, bot);
    if (reason) rejected.push({ id: event.id, reason });
    else events.push(toIncoming(event, sender.receivedAt, sender.receivedAt - beacon.sent_at));
  }
  return ok({ events, rejected });
}

/** One or more labels of a host name, as a browser writes them (URL, "host serializing"), with the dot behind. */
const SUBDOMAIN = /^([a-z\d_-]+\.)+$/;

/** `https://*.example.com` allows any subdomain; a request without Origin passes only with `*`. */
export function allows(pattern: string, origin: string | null): boolean {
  if (pattern === '*') return true;
  if (origin === null) return false;
  const [scheme, rest] = pattern.split('*.');
  if (rest === undefined) return pattern === origin;
  const known = scheme !== undefined && origin.startsWith(scheme) && origin.endsWith(rest);
  return known && SUBDOMAIN.test(origin.slice(scheme.length, -rest.length));
}

function refusal(event: BeaconEvent, proofSecret: ProofSecret, bot: boolean): RejectedReason | null {
  if (bot && event.event === 'SiteViewed') return 'bot';
  if (!event.user_profile_id || proofSecret === null) return null;
  return provesProfile(proofSecret, event.user_profile_id, event.proof ?? '') ? null : 'invalid_proof';
}

/**
 * `skew`: how far the sender's clock is behind ours, in ms. A corrected time never lies in the future, nor before 1970:
 * outside the years 0 to 9999 it would leave as `-005947-…` (ECMA-262, "expanded years"), which few receivers can read.
 */
function toIncoming(event: BeaconEvent, receivedAt: number, skew: number): IncomingEvent {
  const cut: string[] = [];
  const bounded = <V extends string | null>(record: Record<string, V> = {}) =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => {
        if (value === null || value.length <= VALUE_CHARS_MAX) return [key, value];
        cut.push(key);
        return [key, cutText(value)];
      }),
    ) as Record<string, V>;
  const at = Math.max(0, Math.min(Date.parse(event.timestamp) + skew, receivedAt));
  const attributes = bounded(event.attributes);
  const fields = event.event === 'SignUpSuccess' ? bounded(event.fields) : {};
  return {
    id: event.id,
    event: event.event,
    timestamp: new Date(at).toISOString(),
    user_session_id: event.user_session_id,
    ...(event.user_profile_id && { user_profile_id: event.user_profile_id }),
    attributes,
    fields,
    ...(cut.length > 0 && { cut }),
  };
}

/** The first VALUE_CHARS_MAX characters, without half of a surrogate pair at the end. */
const cutText = (text: string): string => {
  const head = text.slice(0, VALUE_CHARS_MAX);
  return head.isWellFormed() ? head : head.slice(0, -1);
};
