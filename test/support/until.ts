// Waits for a condition, the only way in which tests may wait.
// Trade-off: it asks again every few milliseconds instead of being told; what it waits for lives in other processes.
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 10;

/** Asks until the answer is truthy and gives it; fails in words after `ms`. An error of the question counts as no. */
export async function until<T>(
  ask: () => T | Promise<T>,
  options: { ms?: number; what: string },
): Promise<NonNullable<Exclude<T, false>>> {
  const { ms = 10_000, what } = options;
  const end = Date.now() + ms;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer) return answer as NonNullable<Exclude<T, false>>;
    } catch (error) {
      last = error;
    }
    await pause(POLL_MS);
  }
  throw new Error(`waited ${ms} ms in vain for ${what}`, { cause: last });
}
