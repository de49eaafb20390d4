// The machine that a benchmark ran on, and how busy it was: a figure without them says nothing. Besides the load there
// is the time that a small write takes to be on disk, because on a shared disk that decides more than any CPU.
// `TMPDIR=/dev/shm npm run bench` keeps all data in memory, for figures without the disk.
import { closeSync, fsyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../support/launch.ts';
import { figure, median } from './table.ts';

const WRITES = 25;

export type Machine = ReturnType<typeof describeMachine>;
export type Busy = { load: number[]; fsync_ms: number };

const versionOf = (name: string): string =>
  JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;

export const describeMachine = () => ({
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? '',
  memory_gb: Math.round(totalmem() / 1e9),
  node: process.version,
  workerd: versionOf('workerd'),
});

/** How busy it is now: the load of 1, 5 and 15 minutes, and the median of some writes of 4 KiB to where data is kept. */
export function howBusy(): Busy {
  const dir = mkdtempSync(join(tmpdir(), 'hubwire-fsync-'));
  try {
    const file = openSync(join(dir, 'file'), 'w');
    const block = Buffer.alloc(4_096, 1);
    const times = Array.from({ length: WRITES }, () => {
      const from = performance.now();
      writeSync(file, block);
      fsyncSync(file);
      return performance.now() - from;
    });
    closeSync(file);
    return { load: loadavg().map((value) => Number(value.toFixed(2))), fsync_ms: median(times) };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const inWords = ({ load, fsync_ms }: Busy): string =>
  `load ${load.join(' ')}, a write on disk after ${figure(fsync_ms)} ms`;
