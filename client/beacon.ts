// WHAT: builds an event in the collector's wire shape and hands it to the outbox. Owns what every event carries;
// when one is raised is up to views and forms. The page is told of each event (`hub:event`, dataLayer) after it was
// written down, so no handler can lose or change it.
import type { WireEvent } from '../worker/beacon.ts';
import { address } from './address.ts';
import { log, safe } from './config.ts';
import { keep, type Status } from './outbox.ts';
import { guid, session } from './session.ts';
import { consent } from './store.ts';

export type Raised = { id: string; status: Status };

/** With the page's own four still within the collector's 64. */
const ENTRIES_MAX = 60;
const KEY_CHARS_MAX = 64;
/** One more than the collector keeps, so that it sees what was longer. */
const VALUE_CHARS_MAX = 4097;
const SETTLE_MS = 2e3;

/** Id and moment of a call that was made before the script came. */
let earlier: { id?: string; time?: number } = {};
export const replaying = (call: typeof earlier): void => {
  earlier = call;
};

/** Within the collector's bounds: an event beyond them would be refused whole. */
const bound = (entries: object) => {
  const within: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(entries).slice(0, ENTRIES_MAX))
    if (key) within[key.slice(0, KEY_CHARS_MAX)] = value == null ? value : `${value}`.slice(0, VALUE_CHARS_MAX);
  return within;
};

/** Raises an event; undefined where it was refused. The promise settles within two seconds and never rejects. */
export const raise = (event: WireEvent['event'], fields?: object): Promise<Raised> | undefined => {
  if (consent == false) return log('dropped', event) as undefined;
  const { id = guid(), time = Date.now() } = earlier;
  const { born, seen, viewed, ...who } = session();
  const { referrer, title } = document;
  const detail = {
    id,
    event,
    timestamp: new Date(time).toISOString(),
    ...who,
    attributes: {
      ...bound(who.attributes),
      page_url: address({}),
      page_title: title,
      referrer: (!referrer.startsWith(`${location.origin}/`) && referrer) || undefined,
      language: navigator.language,
    },
    fields: fields && bound(fields),
  };
  const kept = keep(id, JSON.stringify(detail), time);
  safe(() => {
    document.dispatchEvent(new CustomEvent('hub:event', { detail }));
    (window as { dataLayer?: unknown[] }).dataLayer?.push(detail);
  })();
  return new Promise((resolve) => {
    const settle = (status: Status) => resolve({ id, status });
    kept.then(settle);
    setTimeout(settle, SETTLE_MS, 'kept');
  });
};
