// WHERE things are kept: the only door to localStorage. Owns consent, because nothing may be stored without it.
// `disk` is localStorage or stands in for it: what waits for consent, a copy once storage is full, or everything where
// storage is blocked (it throws on access). One key an event instead of one list: so tabs never overwrite each other's
// events, without a lock.
import { safe } from './config.ts';

export const SESSION = 'hub:s';
export const EVENT = 'hub:e';
export const CALL = 'hub:c';

export let disk: Record<string, string> = {};

/** undefined: not asked yet. false: refused. */
export let consent: boolean | undefined;

export const put = (key: string, value: unknown): void => {
  const text = JSON.stringify(value);
  try {
    disk[key] = text;
  } catch {
    (disk = { ...disk })[key] = text;
  }
};

/** What is kept there, the session of an earlier page even before consent; nothing, should a stranger have broken it. */
export const load = safe((key: string): unknown => JSON.parse((disk[key] || localStorage[key] || null) as string));

/** The keys of one kind, or all of ours, oldest first: the key of an event begins with its time. */
export const keys = (kind = 'hub:'): string[] =>
  Object.keys(disk)
    .filter((key) => key.startsWith(kind))
    .sort();

/** Given: what waited in memory is stored. Refused: all is forgotten. */
export const decide = (granted: boolean): void => {
  const waiting = keys().map((key) => [key, load(key)] as const);
  consent = granted;
  try {
    // Some WebViews have none: null, which does not throw.
    disk = localStorage || disk;
  } catch {}
  if (granted) waiting.map((entry) => put(...entry));
  else {
    keys().map((key) => delete disk[key]);
    disk = {};
  }
};
