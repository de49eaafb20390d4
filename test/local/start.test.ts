import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAlive, type Launched, launch, NotReady } from '../support/launch.ts';
import { until } from '../support/until.ts';

let dataDir: string;
/** What runs on the data folder now: a start costs two seconds of a core, so the tests go on with the former's. */
let at: Launched;
const started: Launched[] = [];

async function start(env: NodeJS.ProcessEnv = {}, folder = dataDir): Promise<Launched> {
  at = await launch({ dataDir: folder, env });
  started.push(at);
  return at;
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
const siteName = async ({ url, adminToken }: Launched, siteId: string) => {
  const response = await fetch(`${url}/v1/sites/${siteId}`, { headers: { authorization: `Bearer ${adminToken}` } });
  return response.ok ? ((await response.json()) as { site_name: string }).site_name : response.status;
};
const DEMO_SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-start-'));
  await start();
});
afterAll(async () => {
  for (const launched of started) await launched.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('npm start', () => {
  test('serves the Worker, the demo page and the receiver, and says ready last', async () => {
    expect(await healthy(at.url)).toBe(true);
    expect(await (await fetch(`${at.demoUrl}/`)).text()).toContain(`src="${at.url}/hub.js" data-site="${DEMO_SITE}"`);
    expect((await fetch(`${at.demoUrl}/receiver`)).status).toBe(200);
    expect((await fetch(`${at.url}/hub.js`)).status).toBe(200);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    expect(at.output.trimEnd().split('\n').at(-1)).toBe(`hubwire ready on ${at.url}`);
  });

  test('prints a link that opens the dashboard signed in, once', async () => {
    const link = /Dashboard +(\S+)/.exec(at.output)?.[1] ?? '';
    expect(link).toContain(`${at.url}/dashboard`);
    const first = await fetch(link, { redirect: 'manual' });
    expect(first.headers.get('set-cookie')).toContain('HttpOnly');
    const second = await fetch(link, { redirect: 'manual' });
    expect(second.headers.get('set-cookie')).toBe(null);
  });

  test('is refused in words while another has the data folder, which goes on undisturbed', async () => {
    const { message, code } = await refusal();
    expect(code).toBe(1);
    expect(message).toContain(`already runs on the data folder ${dataDir}`);
    expect(message).toContain(`process ${at.pid}, on ${at.url}`);
    expect(await healthy(at.url)).toBe(true);
  });

  test('ends everything at Ctrl-C, cleanly, and leaves no process and no lock', async () => {
    const { workerdPid } = at;
    expect(await isAlive(workerdPid)).toBe(true);
    expect(await at.stop()).toBe(0);
    expect(await isAlive(at.pid)).toBe(false);
    expect(await isAlive(workerdPid)).toBe(false);
    await expect(stat(join(dataDir, 'running.json'))).rejects.toThrow('ENOENT');
  });

  test('makes an admin token that only its owner can read, prints it, and keeps it', async () => {
    const first = at;
    expect(first.output).toContain(first.adminToken);
    expect((await stat(join(dataDir, 'admin-token'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'demo.json'))).mode & 0o777).toBe(0o600);
    await start();
    expect(at.adminToken).toBe(first.adminToken);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
  });
});

describe('after kill -9', () => {
  test('of the runtime alone, it is back on the same port with its data', async () => {
    const former = at.workerdPid;
    await at.kill9('workerd');
    await until('the Worker to be back', () => healthy(at.url).catch(() => false));
    await until('the note to name the new runtime', () => at.workerdPid !== former);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    expect((await fetch(`${at.demoUrl}/receiver`)).status).toBe(200);
  });

  test('of the launcher alone, the next start ends the orphaned runtime and goes on with its data', async () => {
    const first = at;
    const orphan = first.workerdPid;
    await first.kill9('node');
    expect(await isAlive(orphan)).toBe(true);
    await start();
    expect(await isAlive(orphan)).toBe(false);
    expect(at.output).toContain(`workerd, process ${orphan}`);
    expect(at.adminToken).toBe(first.adminToken);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
  });

  test('of the launcher alone, the next start takes the same port, which the runtime may still hold', async () => {
    const { port } = new URL(at.url);
    for (let time = 1; time <= 3; time++) {
      await at.kill9('node');
      await start({ PORT: port, DEMO: 'false' });
      expect(new URL(at.url).port).toBe(port);
    }
  });

  test('of everything, the next start goes on, and sweeps what was left in the temporary folder', async () => {
    await at.kill9('both');
    await start();
    expect(at.output).toContain('was killed; going on from its data');
    expect(await readdir(join(dataDir, 'state', 'tmp'))).toHaveLength(1);
    expect(await siteName(at, DEMO_SITE)).toBe('My site');
    const { workerdPid } = at;
    expect(await at.stop()).toBe(0);
    expect(await isAlive(workerdPid)).toBe(false);
  });

  test('a workerd that is not ours is left alone', async () => {
    const stranger = await launch({ env: { DEMO: 'false' } });
    started.push(stranger);
    await start({ DEMO: 'false' });
    await at.kill9('both');
    // The note as it would be if the process id had been used again.
    const file = join(dataDir, 'running.json');
    const note = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...note, workerdPid: stranger.workerdPid }));
    await start({ DEMO: 'false' });
    expect(await healthy(stranger.url)).toBe(true);
    await at.stop();
  });
});

describe('a start that cannot be', () => {
  test('names the taken port and what to do, and gives the data folder back', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await until('the other program', () => other.listening);
    const { port } = other.address() as AddressInfo;
    const { message, code } = await refusal({ PORT: String(port) });
    expect(code).toBe(1);
    expect(message).toContain(`port ${port} on 127.0.0.1, but another program has it`);
    expect(message).toContain('PORT=0 npm start');
    await new Promise((done) => other.close(done));
    expect(await healthy((await start({ DEMO: 'false' })).url)).toBe(true);
    await at.stop();
  });

  test('names each wrong setting, all at once, but not its value', async () => {
    const { message } = await refusal({ PORT: '87x', DEMO: 'perhaps', ADMIN_TOKEN: 'two words' });
    expect(message).toContain('PORT must be a whole number from 0 to 65535.');
    expect(message).toContain('DEMO must be true or false.');
    expect(message).toContain('ADMIN_TOKEN must be visible ASCII characters without spaces.');
    expect(message).not.toContain('two words');
  });

  test('refuses a token that could be guessed only where others could guess at it', async () => {
    const { message } = await refusal({ HOST: '0.0.0.0', ADMIN_TOKEN: 'short' });
    expect(message).toContain('ADMIN_TOKEN must have at least 16 characters where HOST is open to others.');
    const alone = await start({ ADMIN_TOKEN: 'short', DEMO: 'false' });
    expect(alone.output).toContain('ADMIN_TOKEN is short enough to be guessed');
    const headers = { authorization: 'Bearer short' };
    expect((await fetch(`${alone.url}/v1/sites`, { headers })).status).toBe(200);
    await alone.stop();
  });

  test('says so when the data folder is not a folder', async () => {
    const file = join(dataDir, 'a-file');
    await writeFile(file, '');
    const error = await launch({ dataDir: file }).catch((error) => error);
    expect(error.message).toContain(`The data folder ${file} cannot be used`);
  });
});

describe('a data folder of its own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hubwire-own-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('goes without a token and the demo where the environment says so, and the token is neither printed nor kept', async () => {
    await start({ ADMIN_TOKEN: 'a-token-of-my-own-choosing', DEMO: 'false' }, folder);
    expect(at.demoUrl).toBe('');
    expect(await siteName(at, DEMO_SITE)).toBe(404);
    expect(at.output).not.toContain('a-token-of-my-own-choosing');
    await expect(stat(join(folder, 'admin-token'))).rejects.toThrow('ENOENT');
    await at.stop();
  });
});
