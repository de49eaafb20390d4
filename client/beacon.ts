// WHAT: builds an event in the collector's wire shape and hands it to the outbox. Owns what every event carries;
// when one is raised is up to views and forms. The page is told of each event (`hub:event`, dataLayer) after it was
// written down, so no handler can lose or change it.
import type { WireEvent } from '../worker/beacon.ts';
import { address } from './address.ts';
import { gpc, log, options, safe } from './config.ts';
import { deliver, type Status } from './outbox.ts';
import { guid, session } from './session.ts';
import { consent, EVENT, put } from './store.ts';

export type Raised = [id: string, sent: Promise<Status>, told: unknown];

const ENTRIES_MAX = 64;
/** Those that every event carries, below. */
const OWN_ENTRIES = 4;
const KEY_CHARS_MAX = 64;
/** One more than the collector keeps, so that it sees what was longer. */
const VALUE_CHARS_MAX = 4097;

/** Moment and id of the call that is played back: it was made before the script came. */
export const earlier: string[] = [];

/** Within the collector's bounds: an event beyond them would be refused whole. */
const bound = (entries: object, max: number) => {
  const within: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries).slice(0, max))
    if (key) within[key.slice(0, KEY_CHARS_MAX)] = value?.toString().slice(0, VALUE_CHARS_MAX) ?? value;
  return within;
};

/** Raises a sign-up, or a view where there are no fields; undefined where it does not count. */
export const raise = (fields?: object): Raised | undefined => {
  const event: WireEvent['event'] = fields ? 'SignUpSuccess' : 'SiteViewed';
  let page_url: unknown;
  let skip: unknown = consent == false && 'consent';
  const { at, ...visit } = session((now) => {
    page_url = address(fields ? {} : now.attributes);
    if (!fields) {
      skip ||= gpc ? 'GPC' : { off: 1, session: now.at[2] }[options.views as string] && options.views;
      now.at[2] ||= !skip;
    }
  });
  if (skip) return log('dropped', event, skip) as undefined;
  if (!consent) log('kept', event, 'consent');
  // Taken for this event only: a handler of the page that is told of it may raise another.
  const stamp = earlier.pop() || Date.now() + guid();
  const id = stamp.slice(13);
  const detail = {
    id,
    event,
    timestamp: new Date(+stamp.slice(0, 13)).toISOString(),
    ...visit,
    attributes: {
      ...bound(visit.attributes, ENTRIES_MAX - OWN_ENTRIES),
      page_url,
      page_title: document.title,
      referrer: (document.referrer.indexOf(`${location.origin}/`) && document.referrer) || undefined,
      language: navigator.language,
    },
    fields: fields && bound(fields, ENTRIES_MAX),
  };
  const key = EVENT + stamp + options.site;
  put(key, detail);
  return [
    id,
    deliver([key]),
    safe(() => {
      document.dispatchEvent(new CustomEvent('hub:event', { detail }));
      (window as { dataLayer?: unknown[] }).dataLayer?.push(detail);
    })(),
  ];
};
