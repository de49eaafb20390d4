// How long a soak lasts, how hard it is, and when it kills: from the environment, the same for the same seed.
// Owns every number of it, with its reason. Trade-off: the short form, in every run, has one kill of each way and a
// coarse eye for memory; what it is made for it does in half an hour.
import { chanceOf } from './chance.ts';

export type Way = 'both' | 'workerd' | 'node';
export type Kill = { at: number; way: Way };

const { HUBWIRE_SOAK_MINUTES, HUBWIRE_SOAK_RATE, HUBWIRE_KILLS, HUBWIRE_SEED } = process.env;
const MINUTE_MS = 60_000;
const MINUTES = Number(HUBWIRE_SOAK_MINUTES ?? 1);
const WAYS: readonly Way[] = ['both', 'workerd', 'node'];
const MIB = 1_048_576;

export const SEED = Number(HUBWIRE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Six times as many deliveries: less than a third of a core. */
export const EVENTS_PER_SECOND = Number(HUBWIRE_SOAK_RATE ?? 10);
/** Each way once; in the long form one a minute. */
export const KILLS = Number(HUBWIRE_KILLS ?? Math.max(WAYS.length, MINUTES));
/** Back, caught up and checked, a kill takes some seconds. */
export const LENGTH_MS = Math.max(MINUTES * MINUTE_MS, KILLS * 10_000);
const LONG_MS_MIN = 10 * MINUTE_MS;
const IS_LONG = LENGTH_MS >= LONG_MS_MIN;

/** What a soak of this length takes for memory that is flat. */
export const flatnessOf = (lengthMs: number) => {
  const isLong = lengthMs >= LONG_MS_MIN;
  return {
    /**
     * Code is compiled, and SQLite's caches fill as the logs grow, 2 MiB an object: on a new folder from 75 MiB to 179 in
     * five minutes, to 188 in the next five, and to 198 in five more, where it stayed.
     */
    warmUpMs: lengthMs / (isLong ? 6 : 8),
    /** After the last kill, so that one life is long enough to be judged. */
    calmMs: lengthMs * (isLong ? 0.4 : 1 / 3),
    /** In its first minute a runtime still grows by tens of megabytes; in half an hour 16 are a kilobyte a delivery. */
    toleranceBytes: (isLong ? 16 : 64) * MIB,
  };
};
const FLATNESS = flatnessOf(LENGTH_MS);
export const WARM_UP_MS = FLATNESS.warmUpMs;
export const CALM_MS = FLATNESS.calmMs;
export const TOLERANCE_BYTES = FLATNESS.toleranceBytes;
/** Beyond a minute an endpoint counts as down, and recovers slowly: the long form has that too. */
export const STORM_MS = Math.min(1.5 * MINUTE_MS, LENGTH_MS / 8);
/** Each check recounts the logs, up to some megabytes an object: often enough to find the moment, seldom enough to be light. */
export const CHECK_MS = IS_LONG ? 30_000 : 5_000;
export const SHOW_MS = 10_000;
export const SAMPLE_MS = 500;
/** When all endpoints work again there is a wait between two attempts, and a backlog: on a busy machine a large one. */
export const DRAIN_MS = Math.max(3 * MINUTE_MS, LENGTH_MS / 2);

/** When to kill what: at any moment, each way as often as the others. */
export function killsOf(seed: number): Kill[] {
  const chance = chanceOf(seed, 'plan');
  const moments = Array.from({ length: KILLS }, () => chance.between(SHOW_MS / 2, LENGTH_MS - CALM_MS));
  let ways: Way[] = [];
  return moments
    .sort((a, b) => a - b)
    .map((at) => {
      if (ways.length === 0) ways = chance.shuffle(WAYS);
      return { at, way: ways.pop() as Way };
    });
}
