// A realistic event for a test of an endpoint: the site's own last one of that kind with its values masked, so that
// the receiver's mapping can be tried without anyone's data; where there is none yet, an invented one. Pure.
import type { Event, EventName } from './event.ts';

/** Letters and digits after the first of each word become x and 0; the shape stays: joe@bloggs.com → jxx@bxxxxx.cxx. */
export const mask = (value: string): string =>
  value.replace(/(?<=[\p{L}\p{N}])[\p{L}\p{N}]/gu, (character) => (/\p{N}/u.test(character) ? '0' : 'x'));

type Made = { id: string; now: number; integrationId: string };

export function sampleOf(name: EventName, last: Event | null, { id, now, integrationId }: Made): Event {
  const masked = (record: Record<string, string>) =>
    Object.fromEntries(Object.entries(record).map(([key, value]) => [key, mask(value)]));
  const { attributes, fields, user_session_id } = last ?? INVENTED;
  return {
    id,
    event: name,
    timestamp: new Date(now).toISOString(),
    user_session_id,
    ...(last?.user_profile_id && { user_profile_id: last.user_profile_id }),
    attributes: masked(attributes),
    fields: name === 'SignUpSuccess' ? masked(fields) : {},
    ...((name === 'WebhookSuccess' || name === 'WebhookError') && {
      integration_id: integrationId,
      webhook_trigger: last?.webhook_trigger ?? ('SignUpSuccess' as const),
    }),
  };
}

const INVENTED = {
  user_session_id: '00000000-0000-4000-8000-000000000000',
  attributes: { plan: 'gold', page_url: 'https://example.com/' },
  fields: { email: 'joe@bloggs.com', first_name: 'Joe', optin: 'true' },
};
