// The tracker in real browsers: a file an engine, all cases in each (cases.ts).
// One file at a time: several browsers at once would measure the machine, not the tracker.
// HUBWIRE_LEAVES=200 makes each case of leaving on submit that long; 40 is what fits into every run.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 40_000,
    hookTimeout: 60_000,
  },
});
