// wrangler.toml, as miniflare takes it: the same objects, bindings and flags, and what is there on this machine alone.
// Owns that mapping; a test compares it with wrangler.toml. Leaves running it to runtime.ts.
// Trade-off: the user's port is a direct socket of workerd, past miniflare's own proxy (57 against 304 µs of CPU a
// request); for the same reason the assets are a Worker of their own: beside a Worker with assets, the direct socket
// would lead through their router.
import type { MiniflareOptions } from 'miniflare';
import { RATE_WINDOW_S } from './limits.ts';

export const WORKER_NAME = 'hubwire';
const COMPATIBILITY_DATE = '2026-10-20';

export type WorkerSettings = {
  host: string;
  port: number;
  script: string;
  assetsDir: string;
  version: string;
  adminToken: string;
  secretsKey: string;
  allowLoopback: boolean;
  rateLimitPer10s: number;
};

/** The bindings of wrangler.toml, as miniflare takes them. */
export function workersOf(settings: WorkerSettings): MiniflareOptions['workers'] {
  const durableObject = (exportName: string) => ({ type: 'durable-object' as const, worker: WORKER_NAME, exportName });
  const sqlite = { type: 'durable-object' as const, storage: 'sqlite' as const };
  const text = (value: string) => ({ type: 'text' as const, value });
  const esModule = (contents: string) => ({
    mainModule: 'worker.js',
    modules: { 'worker.js': { type: 'esm' as const, contents } },
  });
  return [
    {
      config: {
        name: WORKER_NAME,
        compatibilityDate: COMPATIBILITY_DATE,
        compatibilityFlags: ['nodejs_compat', 'global_fetch_strictly_public'],
        manifest: esModule(settings.script),
        env: {
          JOURNAL: durableObject('Journal'),
          LANE: durableObject('Lane'),
          DIRECTORY: durableObject('Directory'),
          HUB_KV: { type: 'kv', id: 'HUB_KV' },
          ASSETS: { type: 'worker', worker: 'assets' },
          EGRESS: {
            type: 'network',
            // Checked below name resolution: a name that turns out private is refused like the address itself.
            allow: settings.allowLoopback ? ['public', '127.0.0.0/8', '::1/128'] : ['public'],
            tlsOptions: { trustBrowserCas: true },
          },
          ...(settings.rateLimitPer10s > 0 && {
            RATE_LIMITER: {
              type: 'rate-limit' as const,
              namespace: '1001',
              simple: { limit: settings.rateLimitPer10s, period: RATE_WINDOW_S },
            },
          }),
          VERSION: text(settings.version),
          ADMIN_TOKEN: text(settings.adminToken),
          SECRETS_KEY: text(settings.secretsKey),
          LOCAL: text('true'),
          // The runtime does not tell who connected, and what a header says of it anybody can say.
          CLIENT_ADDRESS: text('unknown'),
          ...(settings.allowLoopback && { ALLOW_PRIVATE_ENDPOINTS: text('loopback') }),
        },
        exports: { Journal: sqlite, Lane: sqlite, Directory: sqlite },
        triggers: [],
      },
      dev: { unsafeDirectSockets: [{ host: settings.host, port: settings.port }] },
    },
    {
      config: {
        name: 'assets',
        compatibilityDate: COMPATIBILITY_DATE,
        manifest: esModule('export default { fetch: () => new Response(null, { status: 404 }) };'),
        assets: { directory: settings.assetsDir },
        env: {},
        exports: {},
        triggers: [],
      },
    },
  ];
}
