// What can be told of the tracker without a browser.
import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { root: import.meta.dirname, include: ['**/*.test.ts'], environment: 'node' } });
