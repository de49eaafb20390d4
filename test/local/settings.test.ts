import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askPort } from '../../worker/local/ports.ts';
import { isAlive, type Launched, launch } from '../support/launch.ts';
import { until } from '../support/until.ts';

const SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';
const INTEGRATION = 'e772b5f1-47f4-4c43-ac01-8ef81990fa7d';

let dataDir: string;
/** What runs on the data folder now: the tests go on with the former's. */
let at: Launched;
const started: Launched[] = [];

async function start(env: NodeJS.ProcessEnv = {}): Promise<void> {
  at = await launch({ dataDir, env });
  started.push(at);
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

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-settings-'));
  await start();
});
afterAll(async () => {
  for (const launched of started) await launched.stop();
  await rm(dataDir, { recursive: true, force: true });
});

describe('the demo', () => {
  test('is a site with all four triggers, whose sign-ups arrive verified', async () => {
    expect((await read(at, '')).origins).toContain(at.demoUrl);
    const integration = await read(at, `/integrations/${INTEGRATION}`);
    expect(integration.url).toBe(`${at.demoUrl}/webhook`);
    expect(integration.triggers).toEqual(['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError']);
    expect((await signUp(at)).status).toBe(202);
    await until('the verified webhook', async () => (await receiver(at)).includes('✓ signature verified'));
  });

  test('takes as many beacons of one address as come', async () => {
    for (let n = 0; n < 10; n++) expect((await signUp(at)).status).toBe(202);
  });

  test('follows its port, keeps the origins that were added to its site, and its secret', async () => {
    const first = at;
    await fetch(`${first.url}/v1/sites/${SITE}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${first.adminToken}` },
      body: JSON.stringify({ origins: [...(await read(first, '')).origins, 'https://shop.example.com'] }),
    });
    await first.stop();
    await start({ RATE_LIMIT_PER_10S: '3' });
    expect(at.demoUrl).not.toBe(first.demoUrl);
    const { origins } = await read(at, '');
    expect(origins).toContain('https://shop.example.com');
    expect(origins).toContain(at.demoUrl);
    expect(origins).not.toContain(first.demoUrl);
  });
});

describe('RATE_LIMIT_PER_10S', () => {
  test('limits the beacons of one address; those that pass arrive verified', async () => {
    const answers = [];
    for (let n = 0; n < 10; n++) answers.push((await signUp(at)).status);
    expect(answers).toContain(429);
    expect(answers.slice(0, 3)).toEqual([202, 202, 202]);
    await until('the verified webhook', async () => (await receiver(at)).includes('✓ signature verified'));
  });
});

describe('a data folder that was damaged', () => {
  test('with an unreadable note, starts and mends it', async () => {
    await at.kill9('both');
    await writeFile(join(dataDir, 'running.json'), '{"half');
    await start();
    expect(JSON.parse(await readFile(join(dataDir, 'running.json'), 'utf8')).pid).toBe(at.pid);
  });
});

describe('a runtime that cannot come back', () => {
  test('ends hubwire with a sentence, instead of leaving a launcher that serves nothing', async () => {
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

describe('ALLOW_PRIVATE_ENDPOINTS', () => {
  test('none refuses the demo receiver, which is on this machine, and hubwire starts all the same', async () => {
    const shut = await launch({ env: { ALLOW_PRIVATE_ENDPOINTS: 'none' } });
    started.push(shut);
    expect(shut.output).toContain('The demo could not be set up: POST /v1/sites');
    expect((await fetch(`${shut.url}/health`)).ok).toBe(true);
  });
});

test.runIf((await askPort('127.0.0.1', 80, 'this test')).ok)('port 80, which addresses leave out', async () => {
  const plain = await launch({ env: { PORT: '80', DEMO: 'false' } });
  expect((await fetch('http://127.0.0.1/health')).ok).toBe(true);
  await plain.stop();
});
