// Event → the flat JSON body that receivers parse (contract, section 6), its keys in the promised order.
// Written as text, not as an object: JavaScript moves keys such as "1" to the front and treats `__proto__` apart.
// No key of a page ever overwrites one of ours: it is renamed, and the renamed one overwrites nothing either.
import type { Event } from './event.ts';

const RESERVED = new Set([
  'id',
  'event',
  'timestamp',
  'site_id',
  'site_name',
  'user_session_id',
  'user_profile_id',
  'integration_id',
  'webhook_trigger',
]);

/** The body of the webhook. `more` follows it in the outcome record in KV: its keys are reserved there, and only there. */
export function payload(
  event: Event,
  site: { site_id: string; site_name: string },
  more: Record<string, object> = {},
): string {
  const pairs: [string, string | object][] = [
    ['id', event.id],
    ['event', event.event],
    ['timestamp', event.timestamp],
    ['site_id', site.site_id],
    ['site_name', site.site_name],
    ['user_session_id', event.user_session_id],
  ];
  if (event.user_profile_id) pairs.push(['user_profile_id', event.user_profile_id]);
  const ours = Object.keys(more);
  pairs.push(...captured(event, ours.length > 0 ? new Set([...RESERVED, ...ours]) : RESERVED));
  if (event.integration_id) pairs.push(['integration_id', event.integration_id]);
  if (event.webhook_trigger) pairs.push(['webhook_trigger', event.webhook_trigger]);
  pairs.push(...Object.entries(more));
  return `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

/** Attributes, then fields; a field takes the place of an attribute of the same key, where that is not renamed. */
function captured(event: Event, reserved: ReadonlySet<string>): Iterable<[string, string]> {
  const fields = Object.entries(event.fields);
  const stays = (key: string) => reserved.has(key) || !Object.hasOwn(event.fields, key);
  const attributes = Object.entries(event.attributes).filter(([key]) => stays(key));
  const given = [...fields, ...attributes].map(([key]) => key);
  // Nearly always none is: nothing has to be renamed then.
  if (!given.some((key) => reserved.has(key))) return [...attributes, ...fields];
  const taken = new Set([...reserved, ...given]);
  // Renamed ones never meet each other: no reserved key begins with a prefix.
  const free = (key: string, prefix: string): string => {
    if (!reserved.has(key)) return key;
    let renamed = prefix + key;
    while (taken.has(renamed)) renamed = prefix + renamed;
    return renamed;
  };
  return [
    ...attributes.map(([key, value]): [string, string] => [free(key, 'attribute_'), value]),
    ...fields.map(([key, value]): [string, string] => [free(key, 'field_'), value]),
  ];
}
