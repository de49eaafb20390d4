// What a process holds in memory now, as Linux counts it.
import { readFile } from 'node:fs/promises';

/** Bytes of memory that are the process's and present (VmRSS of proc(5)). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}
