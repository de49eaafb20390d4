import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive, type Launched, launch } from '../support/launch.ts';
import { until } from '../support/until.ts';

const SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';
const INTEGRATION = 'e772b5f1-47f4-4c43-ac01-8ef81990fa7d';

let dataDir: string;
let started: Launched[] = [];

async function start(env: NodeJS.ProcessEnv = {}): Promise<Launched> {
  const launched = await launch({ dataDir, env });
  started.push(launched);
  return launched;
}

async function read(at: Launched, path: string) {
  const headers = { authorization: `Bearer ${at.adminToken}` };
  return (await (await fetch(`${at.url}/v1/sites/${SITE}${path}`, { headers })).json()) as {
    origins: string[];
    url: string;
    triggers: string[];
  };
}

const signUp = (at: Launched) =>
  fetch(`${at.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', origin: at.demoUrl },
    body: JSON.stringify({
      site_id: SITE,
      sent_at: new Date().toISOString(),
      events: [
        {
          id: crypto.randomUUID(),
          event: 'SignUpSuccess',
          timestamp: new Date().toISOString(),
          user_session_id: crypto.randomUUID(),
          fields: { email: 'joe@bloggs.com' },
        },
      ],
    }),
  });
const receiver = async (at: Launched) => (await fetch(`${at.demoUrl}/receiver?event=SignUpSuccess`)).text();

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-settings-'));
  started = [];
});
afterEach(async () => {
  for (const launched of started) await launched.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('the demo', () => {
  test('is a site with all four triggers, whose sign-ups arrive verified', async () => {
    const at = await start();
    expect((await read(at, '')).origins).toContain(at.demoUrl);
    const integration = await read(at, `/integrations/${INTEGRATION}`);
    expect(integration.url).toBe(`${at.demoUrl}/webhook`);
    expect(integration.triggers).toEqual(['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError']);
    expect((await signUp(at)).status).toBe(202);
    await until('the verified webhook', async () => (await receiver(at)).includes('✓ signature verified'));
  });

  test('follows its port, keeps the origins that were added to its site, and its secret', async () => {
    const first = await start();
    await fetch(`${first.url}/v1/sites/${SITE}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${first.adminToken}` },
      body: JSON.stringify({ origins: [...(await read(first, '')).origins, 'https://shop.example.com'] }),
    });
    await first.stop();
    const second = await start();
    expect(second.demoUrl).not.toBe(first.demoUrl);
    const { origins } = await read(second, '');
    expect(origins).toContain('https://shop.example.com');
    expect(origins).toContain(second.demoUrl);
    expect(origins).not.toContain(first.demoUrl);
    expect((await signUp(second)).status).toBe(202);
    await until('the verified webhook', async () => (await receiver(second)).includes('✓ signature verified'));
  });
});

describe('ALLOW_PRIVATE_ENDPOINTS', () => {
  test('none refuses the demo receiver, which is on this machine, and hubwire starts all the same', async () => {
    const at = await start({ ALLOW_PRIVATE_ENDPOINTS: 'none' });
    expect(at.output).toContain('The demo could not be set up: POST /v1/sites');
    expect((await fetch(`${at.url}/health`)).ok).toBe(true);
  });
});

describe('RATE_LIMIT_PER_10S', () => {
  test('limits the beacons of one address, and is off by default', async () => {
    const free = await start();
    for (let n = 0; n < 10; n++) expect((await signUp(free)).status).toBe(202);
    await free.stop();
    const limited = await start({ RATE_LIMIT_PER_10S: '3' });
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push((await signUp(limited)).status);
    expect(answers).toContain(429);
    expect(answers.slice(0, 3)).toEqual([202, 202, 202]);
  });
});

describe('a runtime that cannot come back', () => {
  test('ends hubwire with a sentence, instead of leaving a launcher that serves nothing', async () => {
    const at = await start();
    const { workerdPid } = at;
    const { port, hostname } = new URL(at.url);
    const thief = createServer();
    const take = () =>
      new Promise<boolean>((resolve) => {
        thief.once('error', () => resolve(false));
        thief.listen(Number(port), hostname, () => resolve(true));
      });
    process.kill(workerdPid, 'SIGKILL');
    // Free from its end until the new one has started.
    await until('the port', take);
    await until('the end of the launcher', async () => !(await isAlive(at.pid)));
    expect(at.output).toMatch(/could not be restarted: .*Address already in use/);
    expect(await isAlive(workerdPid)).toBe(false);
    expect(await at.stop()).toBe(1);
    await new Promise((done) => thief.close(done));
  });
});

describe('a data folder that was damaged', () => {
  test('with an unreadable note, starts and mends it', async () => {
    const first = await start();
    await first.kill9('both');
    await writeFile(join(dataDir, 'running.json'), '{"half');
    const second = await start();
    expect(JSON.parse(await readFile(join(dataDir, 'running.json'), 'utf8')).pid).toBe(second.pid);
  });
});
