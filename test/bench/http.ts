// What the benchmarks share: requests over kept connections, CPU time of a process, and tables.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** Clock ticks a second (sysconf(_SC_CLK_TCK)); 100 on every Linux that Node runs on. */
const TICKS = 100;

export const agentOf = (connections: number) => new Agent({ keepAlive: true, maxSockets: connections });

export function send(agent: Agent, url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method: 'POST', headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** CPU time used by a process so far, in microseconds (Linux: /proc). */
export function cpuUs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6;
}

export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

export function table(rows: Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const width = (column: string) => Math.max(column.length, ...rows.map((row) => String(row[column]).length));
  const line = (cells: string[]) =>
    console.log(cells.map((cell, i) => cell.padEnd(width(columns[i] as string))).join('  '));
  line(columns);
  line(columns.map((column) => '-'.repeat(width(column))));
  for (const row of rows) line(columns.map((column) => String(row[column])));
}
