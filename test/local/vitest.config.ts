// `npm start` and the demo, on the real launcher: one file after the other, each start wants a core to itself.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { name: 'local', dir: import.meta.dirname, fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
});
