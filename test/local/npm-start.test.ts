import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNote } from '../../worker/local/lock.ts';
import { isAlive, root } from '../support/launch.ts';
import { until } from '../support/until.ts';

let dataDir: string;
let npm: ChildProcess;

/** The command as it is typed, through npm and its shell. */
async function npmStart(): Promise<void> {
  let output = '';
  npm = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, PORT: '0', HUBWIRE_DATA: dataDir, DEMO: 'false' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  npm.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  npm.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  await until('the ready line', () => /^hubwire ready on/m.test(output), 60_000);
}
const note = () => readNote(join(dataDir, 'running.json'));
const running = () => [note()?.pid ?? 0, note()?.workerdPid ?? 0];
const allGone = (pids: number[]) =>
  until('the end of all processes', async () => (await Promise.all(pids.map(isAlive))).every((alive) => !alive));

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-npm-'));
});
afterEach(async () => {
  const pids = running();
  npm.kill('SIGTERM');
  await allGone(pids);
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm start, ended from outside', () => {
  test('ends all of hubwire when npm is asked to end', async () => {
    await npmStart();
    const pids = running();
    expect(await Promise.all(pids.map(isAlive))).toEqual([true, true]);
    npm.kill('SIGTERM');
    await allGone(pids);
    await until('the note to be gone', () => note() === null);
  });

  test('ends by itself when npm is killed outright, and the next start goes on at once', async () => {
    await npmStart();
    const pids = running();
    npm.kill('SIGKILL');
    await npmStart();
    await allGone(pids);
    expect(await Promise.all(running().map(isAlive))).toEqual([true, true]);
  });
});
