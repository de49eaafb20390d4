// Runs the Worker in workerd, everything kept on disk.
// Owns the process: its start, its end, what of its output is shown, and being told when it died.
// Leaves what it is given to bindings.ts, ports and locks to launcher.ts.
// Trade-off: on miniflare's API, not `wrangler dev`, which is no server (2,495 against 57 µs of CPU a request).
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Log, LogLevel, Miniflare, MiniflareCoreError, type WorkerdStructuredLog } from 'miniflare';
import { WORKER_NAME, type WorkerSettings, workersOf } from './bindings.ts';
import { RUN_VARIABLE } from './orphan.ts';
import { finishErasures } from './purge.ts';
import { V8_FLAGS } from './v8-flags.ts';

export type RuntimeSettings = WorkerSettings & {
  /** Where everything is kept. */
  stateDir: string;
  /** Marks the process as ours. */
  run: string;
};

export type RuntimeEvents = {
  line(level: string, message: string): void;
  /** workerd died and is back; sockets and data are as before. */
  restarted(): void;
  /** workerd died and could not be brought back. */
  lost(reason: string): void;
};

export type Runtime = {
  port: number;
  /** What the edge reads of a site, as it is now. */
  readPublished(siteId: string): Promise<unknown>;
  stop(): Promise<void>;
};

/** Starts workerd and waits until it listens. */
export async function startRuntime(settings: RuntimeSettings, events: RuntimeEvents): Promise<Runtime> {
  // Else each kill would leave a folder of miniflare's in the system's own; here the next start sweeps it.
  const temporary = join(settings.stateDir, 'tmp');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  process.env.TMPDIR = temporary;
  // Who has set it knows better.
  process.env.MINIFLARE_WORKERD_V8_FLAGS ??= V8_FLAGS;
  await finishErasures(settings.stateDir);
  const miniflare = keepingSignals(
    () =>
      new Miniflare({
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
        workers: workersOf(settings),
      }),
  );
  const url = await miniflare.unsafeGetDirectURL(WORKER_NAME);
  const kv = await miniflare.getKVNamespace('HUB_KV', WORKER_NAME);
  return {
    // A URL leaves out the port that http has anyway.
    port: Number(url.port || 80),
    readPublished: (siteId) => kv.get(`site:${siteId}`, 'json'),
    async stop() {
      await miniflare.dispose();
      await finishErasures(settings.stateDir);
    },
  };
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

/** Miniflare's own words; among them, its giving up on a runtime that would not come back. */
class RuntimeLog extends Log {
  readonly #events: RuntimeEvents;
  constructor(events: RuntimeEvents) {
    super(LogLevel.WARN);
    this.#events = events;
  }
  override error(error: Error): void {
    if (error instanceof MiniflareCoreError && error.code === 'ERR_RUNTIME_FAILURE') {
      this.#events.lost(error.cause?.message ?? error.message);
    } else {
      this.#events.line('error', error.message);
    }
  }
  override warn(message: string): void {
    this.#events.line('warn', message);
  }
}

/** workerd prints a stack of addresses for every refused connection; the delivery's log says it in words. */
function isNoise(message: string): boolean {
  return /is not allowed|jsgInternalError|^stack: /.test(message);
}
