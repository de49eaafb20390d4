// Finds and ends a workerd that outlived its launcher: killing only Node leaves it serving, on our port and our files.
// Owns the proof that a process is ours: it is a workerd *and* its environment bears the random mark that only the
// launcher of this very data folder gave it. A process id alone proves nothing, they are used again.
// Trade-off: Linux only, where /proc tells both; elsewhere the taken port is reported and the user ends the process.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { REAP_POLL_MS, REAP_WAIT_MS } from './limits.ts';

/** The variable that carries the mark. */
export const RUN_VARIABLE = 'HUBWIRE_RUN';

/** The ids of all workerd processes that bear the mark. */
export function findWorkerd(run: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isOurs(pid, run));
}

/** Ends what a killed launcher left behind; gives the ids of those ended and of those that would not go. */
export async function reapOrphans(run: string): Promise<{ ended: number[]; stuck: number[] }> {
  const found = findWorkerd(run);
  for (const pid of found) {
    try {
      // Safe for the data: every answer was given after its commit, and SQLite recovers from its log.
      process.kill(pid, 'SIGKILL');
    } catch {
      // It went by itself in between.
    }
  }
  const until = Date.now() + REAP_WAIT_MS;
  let left = found;
  while (left.length > 0 && Date.now() < until) {
    left = left.filter((pid) => isOurs(pid, run));
    if (left.length > 0) await wait(REAP_POLL_MS);
  }
  return { ended: found.filter((pid) => !left.includes(pid)), stuck: left };
}

function isOurs(pid: number, run: string): boolean {
  try {
    // "(deleted)" follows the name when the packages were installed anew since.
    if (!/^workerd( |$)/.test(basename(readlinkSync(`/proc/${pid}/exe`)))) return false;
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${RUN_VARIABLE}=${run}`);
  } catch {
    // Gone, or another user's.
    return false;
  }
}
