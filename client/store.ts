// WHERE things are kept: the only door to localStorage. Owns consent, because nothing may be stored without it:
// until it is given `disk` is a copy in memory. Where storage is blocked (it throws on access) it stays that;
// where it is full, `memory` takes what does not fit.
// One key an event instead of one list: so tabs never overwrite each other's events, without a lock.
import { safe } from './config.ts';

const PREFIX = 'hub:';
export const SESSION = `${PREFIX}s`;
export const EVENT = `${PREFIX}e`;
export const CALL = `${PREFIX}c`;

type Shelf = Record<string, string>;

let disk: Shelf = {};
const memory: Shelf = {};

/** undefined: not asked yet. false: refused. */
export let consent: boolean | undefined;

export const get = (key: string): string | undefined => memory[key] ?? disk[key];

export const put = (key: string, value: string): void => {
  try {
    disk[key] = value;
    delete memory[key];
  } catch {
    memory[key] = value;
  }
};

export const remove = (key: string): void => {
  delete memory[key];
  delete disk[key];
};

/** The keys that begin so, oldest first: the key of an event begins with its time. */
export const keys = (prefix: string): string[] =>
  [...Object.keys(disk), ...Object.keys(memory)].filter((key) => key.startsWith(prefix)).sort();

/** Given: what waited in memory is stored. Refused: all that was stored is forgotten. Not asked: a copy is read. */
export const decide = (granted?: boolean): void => {
  const kept = keys(PREFIX).map((key) => [key, get(key) as string] as const);
  consent = granted;
  safe(() => {
    disk = granted == null ? { ...localStorage } : localStorage;
  })();
  if (granted) for (const [key, value] of kept) put(key, value);
  else if (granted != null) {
    keys(PREFIX).map(remove);
    disk = {};
  }
};
