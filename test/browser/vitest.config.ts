// The tracker in real browsers: a file an engine, all cases in each (cases.ts).
// The engines side by side: each waits most of its time, for pages, retries and collectors that are away.
// HUBWIRE_LEAVES=200 makes each case of leaving on submit that long; 40 is what fits into every run.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    environment: 'node',
    maxWorkers: 3,
    testTimeout: Math.max(40_000, Number(process.env.HUBWIRE_LEAVES ?? 0) * 1_000),
    // Only a driver that lost its browser is asked twice: what a tracker does wrong it must be seen to do.
    retry: { count: 2, condition: /No answer from the driver|Navigation timeout/ },
    hookTimeout: 60_000,
  },
});
