// The servers that the rivals keep their queues in, from the system's packages: each with a folder and a port of its
// own, at its own defaults but for what makes a crash cost nothing that was answered. Owns starting, killing, ending.
// Trade-off: PostgreSQL refuses to run as root, so there it runs as the user that its package brings.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDebian } from '../support/debian.mjs';
import { isAlive } from '../support/launch.ts';
import { until } from '../support/until.ts';
import { childrenOf } from './process.ts';

const REDIS = '/usr/bin/redis-server';
const POSTGRES = '/usr/lib/postgresql';

export type Store = {
  port: number;
  pid(): number;
  /** Every process of it, at once. */
  kill9(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Installs what is missing, or says what to install. */
export function ensureStores(): void {
  const missing = [...(existsSync(REDIS) ? [] : ['redis-server']), ...(binaries() === null ? ['postgresql'] : [])];
  installDebian(missing, 'The benchmark compares with queues on servers', 'about 70 MB, a minute');
}

/** Appends each write to its log, and has the log on disk each second or before each answer. */
export function redis(fsync: 'everysec' | 'always'): Promise<Store> {
  return startStore((dir, port) => {
    const log = ['--save', '', '--appendonly', 'yes', '--appendfsync', fsync];
    return {
      command: REDIS,
      args: ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, ...log],
      ask: ['/usr/bin/redis-cli', '-e', '-p', `${port}`, 'ping'],
    };
  });
}

export function postgres(): Promise<Store> {
  const bin = binaries();
  if (bin === null) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const ids = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  return startStore((dir, port, isNew) => {
    if (isNew) {
      if (ids.uid !== undefined) chownSync(dir, ids.uid, ids.gid);
      const args = ['-D', join(dir, 'data'), '-U', 'bench', '--auth=trust', '--no-instructions'];
      execFileSync(join(bin, 'initdb'), args, { ...ids, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const args = ['-D', join(dir, 'data'), '-p', `${port}`, '-k', dir, '-c', 'listen_addresses=127.0.0.1'];
    const ask = [join(bin, 'pg_isready'), '-q', '-h', '127.0.0.1', '-p', `${port}`];
    return { command: join(bin, 'postgres'), args, ask, ...ids };
  });
}

const binaries = (): string | null => {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES) : [];
  const newest = versions.toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? null : join(POSTGRES, newest, 'bin');
};

const idOf = (which: '-u' | '-g') => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));

/** `ask`: ends with 0 once it serves. */
type Command = { command: string; args: string[]; ask: string[]; uid?: number; gid?: number };

async function startStore(commandOf: (dir: string, port: number, isNew: boolean) => Command): Promise<Store> {
  const dir = await mkdtemp(join(tmpdir(), 'hubwire-store-'));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const end = () => child?.kill('SIGKILL');
  process.on('exit', end);
  const start = async (isNew: boolean) => {
    const { command, args, ask, ...ids } = commandOf(dir, port, isNew);
    let output = '';
    const started = spawn(command, args, { ...ids, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [started.stdout, started.stderr])
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-5_000);
      });
    child = started;
    await until(`${command} to serve`, () => {
      if (started.exitCode !== null) throw new Error(`${command} ended:\n${output}`);
      return spawnSync(ask[0] ?? '', ask.slice(1), { stdio: 'ignore' }).status === 0;
    });
  };
  await start(true);
  return {
    port,
    pid: () => child?.pid ?? 0,
    start: () => start(false),
    async kill9() {
      const pids = [child?.pid ?? 0, ...childrenOf(child?.pid ?? 0)];
      // The parent first: it would otherwise put the children right.
      for (const pid of pids) kill(pid);
      await until('the store to be dead', async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive));
    },
    async stop() {
      const exited = child && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
      child?.kill('SIGINT');
      await exited;
      process.off('exit', end);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with its parent.
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
