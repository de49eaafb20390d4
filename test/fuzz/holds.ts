// A property as a test: a sentence that must hold for whatever fast-check can think of. Owns how long it thinks: in
// `npm test` a few seconds over all properties, with HUBWIRE_FUZZ=100 a hundred times that. What breaks a sentence is
// printed shrunk, with its seed; HUBWIRE_FUZZ_SEED=seed tells the same story again.
import fc from 'fast-check';
import { test } from 'vitest';

const LONGER = Number(process.env.HUBWIRE_FUZZ || 1);
const SEED = process.env.HUBWIRE_FUZZ_SEED;
const TIMEOUT_MS = 60_000;

/** Declares the test. `runs`: how many in `npm test`; `examples`: what is tried first, whatever chance brings. */
export function holds<T>(sentence: string, runs: number, property: fc.IRawProperty<T>, examples: T[] = []): void {
  test(sentence, { timeout: TIMEOUT_MS * LONGER }, async () => {
    await fc.assert(property, { numRuns: runs * LONGER, examples, ...(SEED && { seed: Number(SEED) }) });
  });
}
