// Single attempts in the runtime that ships, with its bindings and its network rules, and a timeout of the test's own.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ABOUT } from '../../worker/credentials.ts';
import type { Delivery } from '../../worker/deliver.ts';
import { startRuntime } from '../../worker/local/runtime.ts';
import type { Attempt } from '../../worker/schedule.ts';
import { type Keyring, keyringOf } from '../../worker/seal.ts';
import type { Answered, Asked } from './probe.worker.ts';

const SECRETS_KEY = Buffer.alloc(32, 7).toString('base64');
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const IDS = { site_id: crypto.randomUUID(), integration_id: crypto.randomUUID() };
const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);

export type Probe = {
  /** One attempt at this URL. */
  attempt(url: string, more?: { headers?: Record<string, string>; timeoutMs?: number }): Promise<Attempt>;
  /** A bare request through the runtime's own network rules, past those for URLs. */
  below(url: string): Promise<Answered>;
  /** What the runtime said, to be looked at by whoever searches it. */
  readonly lines: string[];
  stop(): Promise<void>;
};

export async function startProbe(allowLoopback = true): Promise<Probe> {
  const folder = await mkdtemp(join(tmpdir(), 'hubwire-probe-'));
  const lines: string[] = [];
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, 'probe.worker.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['node:*', 'cloudflare:*'],
    logLevel: 'error',
  });
  const settings = {
    host: '127.0.0.1',
    port: 0,
    script: bundle.outputFiles[0]?.text ?? '',
    assetsDir: folder,
    stateDir: join(folder, 'state'),
    run: 'probe',
    version: '0.0.0',
    adminToken: '',
    secretsKey: SECRETS_KEY,
    allowLoopback,
    rateLimitPer10s: 0,
  };
  // The launcher gives its process a folder for temporary files in its data; this process has its own.
  const { TMPDIR } = process.env;
  const runtime = await startRuntime(settings, {
    line: (_, message) => lines.push(message),
    restarted: () => {},
    lost: () => {},
  });
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  const ask = async <T extends Answered>(asked: Asked): Promise<T> => {
    const response = await fetch(`http://127.0.0.1:${runtime.port}`, { method: 'POST', body: JSON.stringify(asked) });
    return (await response.json()) as T;
  };
  return {
    attempt: (url, { headers = {}, timeoutMs = 5_000 } = {}) => ask({ timeoutMs, delivery: deliveryTo(url, headers) }),
    below: (url) => ask({ below: url }),
    lines,
    async stop() {
      await runtime.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function deliveryTo(url: string, headers: Record<string, string>): Delivery {
  const keyring = keyringOf(SECRETS_KEY);
  if (!keyring.ok) throw new Error(keyring.reason);
  const seal = (text: string, about: string) => (keyring.value as Keyring).seal(text, about, random);
  const sealed = Object.entries(headers).map(([name, value]) => [
    name,
    seal(value, ABOUT.header(IDS.integration_id, name)),
  ]);
  return {
    id: crypto.randomUUID(),
    url,
    body: '{"id":"1"}',
    attempt: 1,
    credentials: {
      ...IDS,
      secrets: [{ sealed: seal(SECRET, ABOUT.secret(IDS.integration_id)), expires_at: null }],
      pairs: [],
      headers: Object.fromEntries(sealed),
    },
    own_hosts: [],
  };
}
