import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, type Launched, launch, NotReady } from '../support/launch.ts';
import { until } from '../support/until.ts';

let dataDir: string;
let started: Launched[] = [];

async function start(env: NodeJS.ProcessEnv = {}): Promise<Launched> {
  const launched = await launch({ dataDir, env });
  started.push(launched);
  return launched;
}

async function refusal(env: NodeJS.ProcessEnv = {}): Promise<{ message: string; code: number | null }> {
  const error = await launch({ dataDir, env }).then(
    () => null,
    (error) => error,
  );
  if (!(error instanceof NotReady)) throw new Error('the start was expected to be refused');
  return error;
}

const healthy = async (url: string) => (await fetch(`${url}/health`)).ok;
const siteName = async (at: Launched, siteId: string) => {
  const response = await fetch(`${at.url}/v1/sites/${siteId}`, {
    headers: { authorization: `Bearer ${at.adminToken}` },
  });
  return response.ok ? ((await response.json()) as { site_name: string }).site_name : response.status;
};
const DEMO_SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-start-'));
  started = [];
});
afterEach(async () => {
  for (const launched of started) await launched.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  test('serves the Worker, the demo page and the receiver, and says ready last', async () => {
    const at = await start();
    expect(await healthy(at.url)).toBe(true);
    expect(await (await fetch(`${at.demoUrl}/`)).text()).toContain(`src="${at.url}/hub.js" data-site="${DEMO_SITE}"`);
    expect((await fetch(`${at.demoUrl}/receiver`)).status).toBe(200);
    expect((await fetch(`${at.url}/hub.js`)).status).toBe(200);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    expect(at.output.trimEnd().split('\n').at(-1)).toBe(`hubwire ready on ${at.url}`);
  });

  test('makes an admin token that only its owner can read, prints it, and keeps it', async () => {
    const first = await start();
    expect(first.output).toContain(first.adminToken);
    expect((await stat(join(dataDir, 'admin-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'demo.json'))).mode & 0o777).toBe(0o600);
    await first.stop();
    const second = await start();
    expect(second.adminToken).toBe(first.adminToken);
    expect(await siteName(second, DEMO_SITE)).toBe('My site');
  });

  test('prints a link that opens the dashboard signed in, once', async () => {
    const at = await start();
    const link = /Dashboard +(\S+)/.exec(at.output)?.[1] ?? '';
    expect(link).toContain(`${at.url}/dashboard`);
    const first = await fetch(link, { redirect: 'manual' });
    expect(first.headers.get('set-cookie')).toContain('HttpOnly');
    const second = await fetch(link, { redirect: 'manual' });
    expect(second.headers.get('set-cookie')).toBe(null);
  });

  test('takes an admin token from the environment without printing or keeping it', async () => {
    const at = await start({ ADMIN_TOKEN: 'a-token-of-my-own-choosing' });
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    expect(at.output).not.toContain('a-token-of-my-own-choosing');
    await expect(stat(join(dataDir, 'admin-token'))).rejects.toThrow('ENOENT');
  });

  test('goes without the demo when told so', async () => {
    const at = await start({ DEMO: 'false' });
    expect(at.demoUrl).toBe('');
    expect(await siteName(at, DEMO_SITE)).toBe(404);
  });

  test('ends everything at Ctrl-C, cleanly, and leaves no process and no lock', async () => {
    const at = await start();
    const { workerdPid } = at;
    expect(await isAlive(workerdPid)).toBe(true);
    expect(await at.stop()).toBe(0);
    expect(await isAlive(at.pid)).toBe(false);
    expect(await isAlive(workerdPid)).toBe(false);
    await expect(stat(join(dataDir, 'running.json'))).rejects.toThrow('ENOENT');
  });
});

describe('a start that cannot be', () => {
  test('is refused in words while another has the data folder, which goes on undisturbed', async () => {
    const at = await start();
    const { message, code } = await refusal();
    expect(code).toBe(1);
    expect(message).toContain(`already runs on the data folder ${dataDir}`);
    expect(message).toContain(`process ${at.pid}, on ${at.url}`);
    expect(await healthy(at.url)).toBe(true);
  });

  test('names the taken port and what to do, and gives the data folder back', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await until('the other program', () => other.listening);
    const { port } = other.address() as AddressInfo;
    const { message, code } = await refusal({ PORT: String(port) });
    expect(code).toBe(1);
    expect(message).toContain(`port ${port} on 127.0.0.1, but another program has it`);
    expect(message).toContain('PORT=0 npm start');
    await new Promise((done) => other.close(done));
    expect(await healthy((await start()).url)).toBe(true);
  });

  test('names each wrong setting, all at once, but not its value', async () => {
    const { message } = await refusal({ PORT: '87x', DEMO: 'perhaps', ADMIN_TOKEN: 'short' });
    expect(message).toContain('PORT must be a whole number from 0 to 65535.');
    expect(message).toContain('DEMO must be true or false.');
    expect(message).toContain('ADMIN_TOKEN must have at least 16 characters.');
    expect(message).not.toContain('short');
  });

  test('says so when the data folder is not a folder', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    const error = await launch({ dataDir: file }).catch((error) => error);
    expect(error.message).toContain(`The data folder ${file} cannot be used`);
  });
});

describe('after kill -9', () => {
  test('of the launcher alone, the next start ends the orphaned runtime and goes on with its data', async () => {
    const first = await start();
    const orphan = first.workerdPid;
    await first.kill9('node');
    expect(await isAlive(orphan)).toBe(true);
    const second = await start();
    expect(await isAlive(orphan)).toBe(false);
    expect(second.output).toContain(`workerd, process ${orphan}`);
    expect(second.adminToken).toBe(first.adminToken);
    expect(await siteName(second, DEMO_SITE)).toBe('My site');
  });

  test('of the launcher alone, a workerd that is not ours is left alone', async () => {
    const stranger = await launch();
    started.push(stranger);
    const first = await start();
    await first.kill9('both');
    // The note as it would be if the process id had been used again.
    const file = join(dataDir, 'running.json');
    const note = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...note, workerdPid: stranger.workerdPid }));
    await start();
    expect(await healthy(stranger.url)).toBe(true);
  });

  test('of the runtime alone, it is back on the same port with its data, and still ends cleanly', async () => {
    const at = await start();
    const former = at.workerdPid;
    await at.kill9('workerd');
    await until('the Worker to be back', () => healthy(at.url).catch(() => false));
    await until('the note to name the new runtime', () => at.workerdPid !== former);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    expect((await fetch(`${at.demoUrl}/receiver`)).status).toBe(200);
    const { workerdPid } = at;
    expect(await at.stop()).toBe(0);
    expect(await isAlive(workerdPid)).toBe(false);
  });

  test('of everything, the next start goes on, and sweeps what was left in the temporary folder', async () => {
    const first = await start();
    await first.kill9('both');
    const second = await start();
    expect(second.output).toContain('was killed; going on from its data');
    expect(await readdir(join(dataDir, 'state', 'tmp'))).toHaveLength(1);
    expect(await siteName(second, DEMO_SITE)).toBe('My site');
  });
});
