// Everything but the three browsers: pure stages in Node, Durable Objects in workerd, whole flows through the launcher.
// Files share a process each project (`isolate: false` halves the CPU of the run): none leaves anything behind in it,
// and tests in workerd begin with empty objects.
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const workerd = ['test/{worker,fuzz,abuse}/**/*.workerd.test.ts'];
/** Through the launcher, one file after the other: each start wants a core to itself. */
const flow = ['test/client/**/*.test.ts', 'test/flow/**/*.test.ts', 'test/{fuzz,abuse}/**/*.flow.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/{worker,fuzz}/**/*.test.ts'],
          exclude: [...workerd, ...flow],
          isolate: false,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: join(import.meta.dirname, '../wrangler.toml') },
            miniflare: {
              bindings: {
                ADMIN_TOKEN: 'test-token',
                SECRETS_KEY: 'VGhlIHRlc3Qga2V5IG9mIHRoaXJ0eS10d28gYnl0ZXM=',
                ALLOW_PRIVATE_ENDPOINTS: 'loopback',
                LOCAL: 'true',
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: workerd,
          isolate: false,
          testTimeout: 30_000,
          env: { HUBWIRE_FUZZ: process.env.HUBWIRE_FUZZ ?? '' },
        },
      },
      {
        test: {
          name: 'flow',
          include: flow,
          fileParallelism: false,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'pages',
          include: ['test/api/**/*.test.ts', 'test/dashboard/**/*.test.ts', 'test/docs/**/*.test.ts'],
          fileParallelism: false,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // The soak mostly waits: the other files fit beside it.
        test: { name: 'soak', include: ['test/soak/**/*.test.ts'], hookTimeout: 60_000, maxWorkers: 2 },
      },
    ],
  },
});
