// What can be told of the tracker without a browser: its weight and its build.
// All behaviour is tested in the browsers themselves (test/browser), on what a collector received.
// Runs in well under a second, so it comes first.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { root: import.meta.dirname, include: ['**/*.test.ts'], environment: 'node' } });
