// Chance that can be had again: the same seed and purpose give the same numbers, whatever else is drawn beside them.
// Owns that and nothing more; what is made of the numbers is up to whoever draws. Trade-off: 32 bits of state, which is
// plenty for times and moods and nothing for secrets.
import { createHash } from 'node:crypto';

export type Chance = {
  /** From `from` up to, not including, `to`. */
  between(from: number, to: number): number;
  pick<T>(of: readonly T[]): T;
  shuffle<T>(of: readonly T[]): T[];
};

/** A stream of its own for each purpose, so that one that draws more often moves no other. */
export function chanceOf(seed: number, purpose: string): Chance {
  let state = createHash('sha256').update(`${seed} ${purpose}`).digest().readUInt32LE();
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (from: number, to: number) => from + next() * (to - from);
  const pick = <T>(of: readonly T[]) => of[Math.floor(between(0, of.length))] as T;
  return {
    between,
    pick,
    shuffle: (of) =>
      of
        .map((it) => ({ it, at: next() }))
        .sort((a, b) => a.at - b.at)
        .map(({ it }) => it),
  };
}
