// What processes have used so far, as Linux tells it in /proc: CPU time and memory. With their children, living and
// collected, because a database answers each connection from a process of its own.
// Trade-off: CPU time comes in steps of 10 ms, so a figure per operation needs some hundred operations.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks a second (sysconf(_SC_CLK_TCK)); 100 on every Linux that Node runs on. */
const TICKS = 100;

/** The fields of /proc/PID/stat after the name, which may hold anything. Null when the process is gone. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
  } catch {
    return null;
  }
}

/** Children of a process, those that live. */
export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.[1] === String(parent));
}

/** The workerd that a process started. */
export function workerdOf(parent: number): number {
  const found = childrenOf(parent).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('workerd'));
  if (found === undefined) throw new Error(`process ${parent} has no workerd`);
  return found;
}

/** CPU time used so far by these processes and their children, in microseconds. */
export function cpuUs(...pids: number[]): number {
  const ticks = pids.flatMap((pid) => [
    // 11, 12: its own, user and system. 13, 14: of children that have ended.
    sum(statOf(pid)?.slice(11, 15) ?? []),
    ...childrenOf(pid).map((child) => sum(statOf(child)?.slice(11, 13) ?? [])),
  ]);
  return (sum(ticks) / TICKS) * 1e6;
}

/** Memory of these processes and their children, in MB; a page that several share counts once (proportional set size). */
export function memoryMb(...pids: number[]): number {
  const ofOne = (pid: number) => {
    try {
      return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_000;
    } catch {
      return 0; // It has ended meanwhile, as the child that writes Redis' file does.
    }
  };
  return sum(pids.flatMap((pid) => [pid, ...childrenOf(pid)]).map(ofOne));
}

const sum = (values: readonly (string | number)[]) => values.reduce<number>((total, value) => total + Number(value), 0);
