// Everything but the three browsers: pure stages in Node, Durable Objects in workerd, whole flows through the launcher.
// Files share a process each project (`isolate: false` halves the CPU of the run): none leaves anything behind in it,
// and tests in workerd begin with empty objects.
import { join } from 'node:path';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

const workerd = ['test/worker/**/*.workerd.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/worker/**/*.test.ts'],
          exclude: workerd,
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
        test: { name: 'workerd', include: workerd, isolate: false, testTimeout: 30_000 },
      },
      {
        test: {
          name: 'flow',
          include: ['test/client/**/*.test.ts', 'test/flow/**/*.test.ts'],
          fileParallelism: false,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'pages',
          include: ['test/api/**/*.test.ts', 'test/dashboard/**/*.test.ts'],
          fileParallelism: false,
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: 'soak', include: ['test/soak/**/*.test.ts'], hookTimeout: 60_000 },
      },
    ],
  },
});
