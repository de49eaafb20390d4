// What may not be called is not called: by the rules for URLs, by the network rules below DNS, and not by a redirect.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutcomeRecord } from '../../worker/outcomes.ts';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { type Probe, startProbe } from '../support/probe.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

/** This machine's own private addresses, where it has any, as hosts of URLs. */
const OWN = Object.values(networkInterfaces())
  .flatMap((all) => all?.filter(({ internal, address }) => !internal && isPrivate(address)) ?? [])
  .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
/** workerd's word for what its network rules refuse; an address that is merely dead says "connection lost". */
const REFUSED = { error: expect.stringContaining('internal error') };

let hub: Launched;
let open: Probe;
let shut: Probe;
const receiver = new Receiver();
const listener = createServer((_, response) => {
  reached++;
  response.end('ok');
});
let reached = 0;
let port = 0;

beforeAll(async () => {
  hub = await launch({ env: { DEMO: 'false' } });
  open = await startProbe(true);
  shut = await startProbe(false);
  await receiver.start();
  listener.listen(0, '127.0.0.1');
  await until('the server', () => listener.listening);
  port = (listener.address() as AddressInfo).port;
});
afterAll(async () => {
  await Promise.all([hub.stop(), open.stop(), shut.stop(), receiver.stop()]);
  listener.close();
});

/** Delivers a sign-up to `url`, tried once; gives the outcome's record. */
async function outcomeAt(url: string): Promise<OutcomeRecord> {
  const siteId = await makeSite(hub);
  await integrate(hub, siteId, url, { schedule_seconds: [] });
  await post(hub.url, siteId, [newSignUp()]);
  return until('the outcome', async () => {
    const { data } = await admin<{ data: OutcomeRecord[] }>(hub, 'GET', `/v1/sites/${siteId}/outcomes`);
    return data[0];
  });
}

describe('a private address', () => {
  test.each([
    'http://10.0.0.1/hook',
    'http://192.168.1.1/',
    'http://172.16.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://0.0.0.0/',
    'http://[fd00::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://167772161/',
    'https://0x0a.0.0.1/',
    'https://router.lan/',
    'https://intranet/',
  ])('%s can be the endpoint of no integration, and the answer says why', async (url) => {
    const siteId = await makeSite(hub);
    const response = await fetch(`${hub.url}/v1/sites/${siteId}/integrations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${hub.adminToken}` },
      body: JSON.stringify({ name: 'Private', url, triggers: ['SignUpSuccess'] }),
    });
    expect(response.status).toBe(422);
    const { error } = (await response.json()) as { error: { issues: { path: string; message: string }[] } };
    expect(error.issues).toEqual([{ path: 'url', message: expect.stringMatching(/\w{3}/) }]);
  });

  test('the network rules refuse every private range, whatever the rules for URLs let through', async () => {
    const hosts = ['10.0.0.1', '192.168.1.1', '172.16.0.1', '169.254.169.254', '0.0.0.0', '[fd00::1]', '[fe80::1]'];
    for (const host of [...hosts, ...OWN]) expect(await open.below(`http://${host}:${port}/`), host).toEqual(REFUSED);
    expect(await open.below('http://127.0.0.1:1/')).toEqual({ error: expect.stringContaining('connection lost') });
  });

  test('a host name that resolves to a private address is refused below DNS, and passes where that is allowed', async () => {
    expect(await open.below(`http://localhost:${port}/`)).toEqual({ status: 200 });
    expect(reached).toBe(1);
    // Without ALLOW_PRIVATE_ENDPOINTS loopback is as private as the rest; no rule for URLs stands before this.
    for (const host of ['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])
      expect(await shut.below(`http://${host}:${port}/`), host).toEqual(REFUSED);
    expect(reached).toBe(1);
  });
});

function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cd]|fe80)/.test(address);
}

describe('a redirect', () => {
  test('is not followed: the second receiver gets nothing, and the failure says where it led', async () => {
    const second = await new Receiver().start();
    receiver.mood = (_, response) => response.writeHead(302, { location: second.url }).end();
    const { event, delivery } = await outcomeAt(receiver.url);
    expect(event).toBe('WebhookError');
    expect(delivery).toMatchObject({ status: 302, error: expect.stringContaining(`points to ${second.url}`) });
    expect(receiver.hooks).toHaveLength(1);
    expect(second.hooks).toHaveLength(0);
    await second.stop();
  });

  test.each([301, 303, 304, 307, 308])('%i is a failure', async (status) => {
    receiver.mood = (_, response) => response.writeHead(status, { location: '/elsewhere' }).end();
    const attempt = await open.attempt(receiver.url);
    expect(attempt).toMatchObject({ status, cause: 'redirect' });
  });
});

describe('the outcome of a delivery', () => {
  test('says in words what went wrong: nothing listens there', async () => {
    const gone = await new Receiver().start();
    const { url } = gone;
    await gone.stop();
    const { event, delivery } = await outcomeAt(url);
    expect(event).toBe('WebhookError');
    expect(delivery).toMatchObject({ status: null, error: expect.stringContaining('refused the connection') });
  });
});
