// hubwire in the runtime that ships, with its bindings, every billed effect counted (metered.worker.ts). Owns its
// start and end and the difference of two readings. Trade-off: not through the launcher, which builds what ships and
// nothing else; the settings are those that it would give.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorker } from '../../worker/local/build.ts';
import { startRuntime } from '../../worker/local/runtime.ts';
import type { Hub } from '../support/client.ts';
import type { Counts, Meter } from './metered.worker.ts';
import { workerdOf } from './process.ts';

const ADMIN_TOKEN = 'the-token-of-the-benchmark';

export type Metered = Hub & { workerdPid: number; read(): Promise<Meter>; stop(): Promise<void> };

export async function startMetered(): Promise<Metered> {
  const folder = await mkdtemp(join(tmpdir(), 'hubwire-metered-'));
  const { TMPDIR } = process.env;
  const runtime = await startRuntime(
    {
      host: '127.0.0.1',
      port: 0,
      script: await buildWorker('test/bench/metered.worker.ts'),
      assetsDir: folder,
      stateDir: join(folder, 'state'),
      run: 'metered',
      version: '0.0.0',
      adminToken: ADMIN_TOKEN,
      secretsKey: Buffer.alloc(32, 7).toString('base64'),
      allowLoopback: true,
      rateLimitPer10s: 0,
    },
    {
      line: (level, message) => level === 'error' && console.error(message),
      restarted: () => {},
      lost: (reason) => console.error(reason),
    },
  );
  // The launcher gives its process a folder for temporary files in its data; this process has its own.
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  const url = `http://127.0.0.1:${runtime.port}`;
  return {
    url,
    adminToken: ADMIN_TOKEN,
    workerdPid: workerdOf(process.pid),
    read: async () => (await (await fetch(`${url}/meter`)).json()) as Meter,
    async stop() {
      await runtime.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What was counted between two readings. */
export function since<T>(before: T | undefined, after: T): T {
  if (typeof after === 'number') return (after - Number(before ?? 0)) as T;
  const entries = Object.entries(after as Record<string, unknown>);
  const earlier = before as Record<string, unknown> | undefined;
  return Object.fromEntries(entries.map(([key, value]) => [key, since(earlier?.[key], value)])) as T;
}

/** Rows of all tables of one kind of object. */
export const rowsOf = ({ rowsWritten }: Counts): number =>
  Object.values(rowsWritten).reduce((sum, rows) => sum + rows, 0);

/** Rows of all objects. */
export const allRows = ({ objects }: Meter): number =>
  Object.values(objects).reduce((sum, counts) => sum + rowsOf(counts), 0);
