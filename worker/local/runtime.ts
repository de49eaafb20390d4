// Runs the Worker in workerd, with the bindings of wrangler.toml played by miniflare and everything kept on disk.
// Owns the mapping from settings to bindings, what of the runtime's output is shown, and being told of its end.
// Leaves processes and ports to launcher.ts.
// Trade-off: the user's port is a direct socket of workerd, past miniflare's own proxy (57 against 304 µs of CPU a
// request); for the same reason the assets are a Worker of their own: beside a Worker with assets, the direct socket
// would lead through their router.
import {
  Log,
  LogLevel,
  Miniflare,
  MiniflareCoreError,
  type MiniflareOptions,
  type WorkerdStructuredLog,
} from 'miniflare';
import { RATE_WINDOW_S } from './limits.ts';
import { RUN_VARIABLE } from './orphan.ts';

export const WORKER_NAME = 'hubwire';
const COMPATIBILITY_DATE = '2026-10-20';

export type RuntimeSettings = {
  host: string;
  port: number;
  script: string;
  assetsDir: string;
  stateDir: string;
  run: string;
  version: string;
  adminToken: string;
  secretsKey: string;
  allowLoopback: boolean;
  rateLimitPer10s: number;
};

export type RuntimeEvents = {
  line(level: string, message: string): void;
  /** workerd died and is back; sockets and data are as before. */
  restarted(): void;
  /** workerd died and could not be brought back. */
  lost(reason: string): void;
};

export type Runtime = { port: number; stop(): Promise<void> };

/** Starts workerd and waits until it listens. */
export async function startRuntime(settings: RuntimeSettings, events: RuntimeEvents): Promise<Runtime> {
  const miniflare = keepingSignals(() => new Miniflare(optionsOf(settings, events)));
  const url = await miniflare.unsafeGetDirectURL(WORKER_NAME);
  return { port: Number(url.port), stop: () => miniflare.dispose() };
}

/** Miniflare's own signal handlers exit at once with 130; the launcher ends things in its order and in peace. */
function keepingSignals<T>(run: () => T): T {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const ours = signals.map((signal) => process.listeners(signal));
  const result = run();
  signals.forEach((signal, i) => {
    for (const added of process.listeners(signal)) if (!ours[i]?.includes(added)) process.removeListener(signal, added);
  });
  return result;
}

/** The bindings of wrangler.toml, as miniflare takes them. */
export function optionsOf(settings: RuntimeSettings, events: RuntimeEvents): MiniflareOptions {
  const durableObject = (exportName: string) => ({ type: 'durable-object' as const, worker: WORKER_NAME, exportName });
  const sqlite = { type: 'durable-object' as const, storage: 'sqlite' as const };
  const text = (value: string) => ({ type: 'text' as const, value });
  const esModule = (contents: string) => ({
    mainModule: 'worker.js',
    modules: { 'worker.js': { type: 'esm' as const, contents } },
  });
  return {
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    log: new RuntimeLog(events),
    handleStructuredLogs: (log: WorkerdStructuredLog) => {
      if (!isNoise(log.message)) events.line(log.level, log.message);
    },
    resourcePersistencePath: settings.stateDir,
    unsafeRuntimeEnv: { [RUN_VARIABLE]: settings.run },
    unsafeHandleRuntimeRestart: () => events.restarted(),
    workers: [
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
    ],
  };
}

/** Miniflare's own words; among them, its giving up on a runtime that would not come back. */
class RuntimeLog extends Log {
  readonly #events: RuntimeEvents;
  constructor(events: RuntimeEvents) {
    super(LogLevel.WARN);
    this.#events = events;
  }
  override error(error: Error): void {
    this.#events.line('error', error.message);
    if (error instanceof MiniflareCoreError && error.code === 'ERR_RUNTIME_FAILURE') this.#events.lost(error.message);
  }
  override warn(message: string): void {
    this.#events.line('warn', message);
  }
}

/** workerd prints a stack of addresses for every refused connection; the delivery's log says it in words. */
function isNoise(message: string): boolean {
  return /is not allowed|jsgInternalError|^stack: /.test(message);
}
