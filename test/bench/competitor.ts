// Who is compared in rivals.ts, each behind the same few questions: hubwire as `npm start` runs it, and an express
// server with a worker on a queue (rivals/), as two processes of Node. Owns their starts and their deaths.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { booksOf, integrate, makeSite, pendingOf } from '../support/client.ts';
import { launch, node } from '../support/launch.ts';
import { startBare } from './bare.ts';
import { workerdOf } from './process.ts';
import type { Store } from './stores.ts';

/** Their packages have a lock file of their own and are none of the project's. */
export const RIVALS = join(import.meta.dirname, 'rivals');

/** Whom an event can be sent through. */
export type Way = {
  name: string;
  siteId: string;
  /** Where events go; another address after each start. */
  url(): string;
  /** Every process that works for it, its store's too; children go without saying. */
  pids(): number[];
  stop(): Promise<void>;
};

export type Competitor = Way & {
  /** What was accepted and has not ended, as it says itself. */
  held(): Promise<number>;
  /** kill -9 of all that is the user's, the store's processes too or not. */
  kill9(withStore: boolean): Promise<void>;
  /** What `kill9` ended. */
  start(): Promise<void>;
};

/** The shortest way of an event in the runtime: no ids, no books, no retries. The only runtime that this process starts. */
export async function least(receiverUrl: string): Promise<Way> {
  const { url, stop } = await startBare();
  const pid = workerdOf(process.pid);
  return {
    name: 'the least in the same runtime',
    siteId: crypto.randomUUID(),
    url: () => `${url}/through?to=${encodeURIComponent(receiverUrl)}`,
    pids: () => [pid],
    stop,
  };
}

export async function hubwire(receiverUrl: string): Promise<Competitor> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hubwire-'));
  const start = () => launch({ dataDir, env: { DEMO: 'false' } });
  let hub = await start();
  const siteId = await makeSite(hub);
  await integrate(hub, siteId, receiverUrl);
  return {
    name: 'hubwire',
    siteId,
    url: () => `${hub.url}/v1/events`,
    pids: () => [hub.pid],
    held: async () => pendingOf(await booksOf(hub, siteId)),
    kill9: () => hub.kill9('both'),
    async start() {
      hub = await start();
    },
    async stop() {
      await hub.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export async function rival(
  name: string,
  kind: 'bullmq' | 'pg-boss',
  store: Store,
  receiverUrl: string,
): Promise<Competitor> {
  let [server, worker]: [Running | undefined, Running | undefined] = [undefined, undefined];
  const start = async () => {
    // The server first: pg-boss makes its tables where there are none.
    server = await run('server.mjs', kind, String(store.port));
    worker = await run('worker.mjs', kind, String(store.port), receiverUrl);
  };
  let url = '';
  const address = () => `http://127.0.0.1:${server?.told.port}`;
  const kill = (signal: NodeJS.Signals) => Promise.all([server?.kill(signal), worker?.kill(signal)]);
  await start();
  url = address();
  let storeIsDead = false;
  return {
    name,
    siteId: crypto.randomUUID(),
    url: () => `${url}/v1/events`,
    pids: () => [server?.pid ?? 0, worker?.pid ?? 0, store.pid()],
    held: async () => Number(await (await fetch(`${url}/held`)).text()),
    async kill9(withStore) {
      storeIsDead = withStore;
      await Promise.all([kill('SIGKILL'), withStore && store.kill9()]);
    },
    async start() {
      if (storeIsDead) await store.start();
      storeIsDead = false;
      await start();
      url = address();
    },
    async stop() {
      await kill('SIGKILL');
      await store.stop();
    },
  };
}

type Running = { pid: number; told: { port?: number }; kill(signal: NodeJS.Signals): Promise<void> };

/** One process of a rival, once it says that it is ready. */
async function run(script: string, ...args: string[]): Promise<Running> {
  const child: ChildProcess = spawn(node, [join(RIVALS, script), ...args], {
    cwd: RIVALS,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const failed = exited.then(([code]) => Promise.reject(new Error(`${script} ${args[0]} ended with ${code}`)));
  const [told] = await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => {});
  return {
    pid: child.pid ?? 0,
    told,
    async kill(signal) {
      child.kill(signal);
      await exited;
    },
  };
}
