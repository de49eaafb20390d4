// Starts the launcher that ships, on free ports and a data folder of its own, and kills it in every way.
// Owns waiting for the ready line and leaving no process behind, also when the test itself dies (the closed channel
// ends the launcher). Leaves what is asked of the running hubwire to the tests.
// Trade-off: about a second a start; in return nothing about it is pretended.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNote } from '../../worker/local/lock.ts';
import { until } from './until.ts';

export const root = join(import.meta.dirname, '..', '..');
export const node = join(root, 'node_modules', '.bin', 'node');
const READY_MS = 60_000;

export type Launched = {
  url: string;
  demoUrl: string;
  adminToken: string;
  dataDir: string;
  /** The launcher's Node. */
  pid: number;
  /** The runtime as it is now: another one after a crash. */
  readonly workerdPid: number;
  /** Everything printed so far. */
  readonly output: string;
  /** Ends it as Ctrl-C does; gives the exit code, null when it was killed before. Removes a data folder made here. */
  stop(): Promise<number | null>;
  kill9(what: 'node' | 'workerd' | 'both'): Promise<void>;
};

/** A start that ended before it was ready; the message is what it printed. */
export class NotReady extends Error {
  readonly code: number | null;
  constructor(output: string, code: number | null) {
    super(output);
    this.code = code;
  }
}

/** Starts hubwire and waits until it is ready; rejects with NotReady. */
export async function launch(options: { dataDir?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Launched> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'hubwire-')));
  const child = spawn(node, [join(root, 'worker', 'local', 'launcher.ts')], {
    cwd: root,
    env: { ...process.env, PORT: '0', HOST: '', ADMIN_TOKEN: '', ...options.env, HUBWIRE_DATA: dataDir },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ready = until('the ready line', () => /^hubwire ready on (\S+)$/m.exec(output)?.[1], READY_MS);
  const url = await Promise.race([ready, exited.then((code) => Promise.reject(new NotReady(output, code)))]);

  const note = () => readNote(join(dataDir, 'running.json'));
  const workerdPid = () => note()?.workerdPid ?? 0;
  const pid = child.pid ?? 0;
  return {
    url,
    demoUrl: note()?.demoUrl ?? '',
    adminToken: options.env?.ADMIN_TOKEN || (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    dataDir,
    pid,
    get workerdPid() {
      return workerdPid();
    },
    get output() {
      return output;
    },
    async stop() {
      const orphan = workerdPid();
      if (isRunning(child)) child.kill('SIGINT');
      const code = await exited;
      // Only after kill9('node') is anything left here.
      await kill9(orphan);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
      return code;
    },
    async kill9(what) {
      const runtime = workerdPid();
      // Node first: it would otherwise begin to bring the runtime back.
      if (what !== 'workerd') {
        child.kill('SIGKILL');
        await exited;
      }
      if (what !== 'node') await kill9(runtime);
    },
  };
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null;

/** Is there such a process? A zombie, dead but not yet collected, counts as none. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) [ZX] /.test(stat);
}

async function kill9(pid: number): Promise<void> {
  if (pid === 0 || !(await isAlive(pid))) return;
  process.kill(pid, 'SIGKILL');
  await until(`the end of process ${pid}`, async () => !(await isAlive(pid)));
}
