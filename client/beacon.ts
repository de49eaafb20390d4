// WHAT: builds an event in the collector's wire shape and hands it to the outbox. Owns what every event carries;
// when one is raised is up to views and forms. The page is told of each event (`hub:event`, dataLayer) after it was
// written down, so no handler can lose or change it.
import type { WireEvent } from '../worker/beacon.ts';
import { address } from './address.ts';
import { log, safe } from './config.ts';
import { deliver, type Status } from './outbox.ts';
import { guid, type Session } from './session.ts';
import { consent, EVENT, put } from './store.ts';

export type Raised = [id: string, sent: Promise<Status>];

/** With the page's own four still within the collector's 64. */
const ENTRIES_MAX = 60;
const KEY_CHARS_MAX = 64;
/** One more than the collector keeps, so that it sees what was longer. */
const VALUE_CHARS_MAX = 4097;

/** Moment and id of a call that was made before the script came. */
let earlier: string | undefined;
export const replaying = (stamp?: string): void => {
  earlier = stamp;
};

/** Within the collector's bounds: an event beyond them would be refused whole. */
const bound = (entries: object) => {
  const within: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries).slice(0, ENTRIES_MAX))
    if (key) within[key.slice(0, KEY_CHARS_MAX)] = value == null ? value : `${value}`.slice(0, VALUE_CHARS_MAX);
  return within;
};

/** Raises a sign-up, or a view where there are no fields; undefined where it was refused. */
export const raise = (who: Session, fields?: object): Raised | undefined => {
  const event: WireEvent['event'] = fields ? 'SignUpSuccess' : 'SiteViewed';
  if (consent == false) return log('dropped', event) as undefined;
  const stamp = earlier || Date.now() + guid();
  const id = stamp.slice(13);
  const { at, attributes, ...ids } = who;
  const detail = {
    id,
    event,
    timestamp: new Date(+stamp.slice(0, 13)).toISOString(),
    ...ids,
    attributes: {
      ...bound(attributes),
      page_url: address({}),
      page_title: document.title,
      referrer: document.referrer.split(`${location.origin}/`)[0] || undefined,
      language: navigator.language,
    },
    fields: fields && bound(fields),
  };
  put(EVENT + stamp, JSON.stringify(detail));
  const sent = deliver([EVENT + stamp]);
  safe(() => {
    document.dispatchEvent(new CustomEvent('hub:event', { detail }));
    (window as { dataLayer?: unknown[] }).dataLayer?.push(detail);
  })();
  return [id, sent];
};
