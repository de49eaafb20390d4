// Secrets on the disk of the hubwire that ships: in no file in the open, and readable again only with their key.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutcomeRecord } from '../../worker/outcomes.ts';
import type { Stats } from '../../worker/stats.ts';
import { admin, booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { type Launched, launch, NotReady } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const [FIRST, SECOND] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];
const API_KEY = 'Bearer 0123456789abcdef';

let dataDir: string;
let receiver: Receiver;
let hubs: Launched[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-secrets-'));
  receiver = await new Receiver().start();
  hubs = [];
});
afterEach(async () => {
  for (const hub of hubs) await hub.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(env: NodeJS.ProcessEnv = {}): Promise<Launched> {
  const hub = await launch({ dataDir, env: { DEMO: 'false', ...env } });
  hubs.push(hub);
  return hub;
}

/** All bytes of all files of the data folder but that of the key. */
async function rawData(): Promise<Buffer> {
  const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
  return Buffer.concat(
    await Promise.all(
      files
        .filter((it) => it.isFile() && it.name !== 'secrets-key')
        .map((it) => readFile(join(it.parentPath, it.name))),
    ),
  );
}

/** A text as it may lie on a disk: in UTF-8, in UTF-16, and what it encodes. */
const shapesOf = (text: string): Buffer[] => [
  Buffer.from(text),
  Buffer.from(text, 'utf16le'),
  Buffer.from(text.replace(/^whs(ec|k)_/, ''), 'base64'),
];

const delivered = async (hub: Launched, siteId: string): Promise<void> => {
  const before = receiver.hooks.length;
  await post(hub.url, siteId, [newSignUp()]);
  await until('the delivery', () => receiver.hooks.length > before);
  await until('its settling', async () => pendingOf(await booksOf(hub, siteId)) === 0);
};

test('no file of the data folder holds a secret, while the key lies apart and is its owner’s alone', async () => {
  const hub = await start();
  const site = await admin<{ site_id: string; proof_secret: string }>(hub, 'POST', '/v1/sites', {
    site_name: 'A name to be found',
    origins: ['*'],
    settings: { asymmetric: true },
  });
  const siteId = site.site_id;
  const { integration_id, secret } = await integrate(hub, siteId, receiver.url, {
    headers: { authorization: API_KEY },
  });
  const path = `/v1/sites/${siteId}/integrations/${integration_id}/rotate`;
  const { secret: rotated } = await admin<{ secret: string }>(hub, 'POST', path);
  await delivered(hub, siteId);
  receiver.verify(secret);
  receiver.verify(rotated);
  expect(receiver.hooks[0]?.headers.authorization).toBe(API_KEY);
  await until('the outcome in KV', async () => {
    const { data } = await admin<{ data: OutcomeRecord[] }>(hub, 'GET', `/v1/sites/${siteId}/outcomes`);
    return data.length > 0;
  });
  // Also what has not reached the main database files yet: nothing was closed in peace.
  await hub.kill9('both');

  const raw = await rawData();
  for (const there of ['A name to be found', integration_id, 'sealed1.']) expect(raw.includes(there), there).toBe(true);
  for (const text of [site.proof_secret, secret, rotated, API_KEY])
    for (const shape of shapesOf(text)) expect(raw.includes(shape)).toBe(false);
  expect(raw.includes('whsk_')).toBe(false);
  expect(hub.output).not.toContain(secret);

  const file = join(dataDir, 'secrets-key');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const key = (await readFile(file, 'utf8')).trim();
  expect(Buffer.from(key, 'base64')).toHaveLength(32);
  for (const shape of shapesOf(key)) expect(raw.includes(shape)).toBe(false);
  expect(hub.output).not.toContain(key);

  const again = await start();
  await delivered(again, siteId);
  receiver.verify(rotated);
});

test('the key can be changed: the new one first, then the new one alone, and every delivery is signed all along', async () => {
  const first = await start({ SECRETS_KEY: FIRST });
  const siteId = await makeSite(first, { asymmetric: true, require_proof: true });
  const { secret } = await integrate(first, siteId, receiver.url, { headers: { authorization: API_KEY } });
  await delivered(first, siteId);
  await first.stop();
  await expect(stat(join(dataDir, 'secrets-key'))).rejects.toThrow('ENOENT');

  const both = await start({ SECRETS_KEY: `${SECOND},${FIRST}` });
  await admin(both, 'GET', `/v1/sites/${siteId}`);
  await until('everything to be sealed anew', () => both.output.includes('sealed with the first key of SECRETS_KEY'));
  await delivered(both, siteId);
  await both.stop();

  const second = await start({ SECRETS_KEY: SECOND });
  await delivered(second, siteId);
  const { status, body } = await proven(second, siteId);
  expect([status, body]).toEqual([202, expect.stringContaining('"invalid_proof"')]);
  receiver.verify(secret);
  expect(receiver.hooks).toHaveLength(3);
  for (const { headers } of receiver.hooks) expect(headers).toMatchObject({ authorization: API_KEY });
});

/** A sign-up with a wrong proof: to tell so, the edge has to open the proof secret. */
async function proven(hub: Launched, siteId: string): Promise<{ status: number; body: string }> {
  const event = newSignUp({ user_profile_id: crypto.randomUUID(), proof: '00' });
  const response = await fetch(`${hub.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify({ site_id: siteId, sent_at: new Date().toISOString(), events: [event] }),
  });
  return { status: response.status, body: await response.text() };
}

test('with a key that lacks the former one nothing leaves unsigned, and nothing is lost: put back, it goes on', async () => {
  const first = await start({ SECRETS_KEY: FIRST });
  const siteId = await makeSite(first);
  const { secret } = await integrate(first, siteId, receiver.url, {
    schedule_seconds: Array.from({ length: 20 }, () => 2),
  });
  const provingId = await makeSite(first, { require_proof: true });
  await first.stop();

  const other = await start({ SECRETS_KEY: SECOND });
  await post(other.url, siteId, [newSignUp()]);
  const said = await until('the attempt to fail', async () => {
    const { integrations } = await admin<Stats>(other, 'GET', `/v1/sites/${siteId}/stats`);
    return integrations[0]?.last_error;
  });
  expect(JSON.stringify(said)).toContain('SECRETS_KEY lacks the key');
  // A page's proof can't be judged: it is told to wait, and keeps the event.
  expect((await proven(other, provingId)).status).toBe(503);
  expect(receiver.hooks).toHaveLength(0);
  await other.stop();

  const back = await start({ SECRETS_KEY: `${FIRST},${SECOND}` });
  await until('the retry', () => receiver.hooks.length > 0);
  receiver.verify(secret);
  await until('its settling', async () => pendingOf(await booksOf(back, siteId)) === 0);
  expect(receiver.hooks).toHaveLength(1);
  expect((await proven(back, provingId)).status).toBe(202);
});

test('a damaged key file stops the start, in words, and is not overwritten', async () => {
  const file = join(dataDir, 'secrets-key');
  await writeFile(file, 'damaged\n');
  const error = await launch({ dataDir }).catch((error) => error);
  expect(error).toBeInstanceOf(NotReady);
  expect(error.message).toContain(`${file} does not hold a key any more`);
  expect(await readFile(file, 'utf8')).toBe('damaged\n');
});

test('a wrong SECRETS_KEY stops the start, in words that do not repeat it', async () => {
  const error = await launch({ dataDir, env: { SECRETS_KEY: 'a-secret-but-no-key' } }).catch((error) => error);
  expect(error).toBeInstanceOf(NotReady);
  expect(error.message).toContain('SECRETS_KEY must be the base64 of 32 bytes');
  expect(error.message).not.toContain('a-secret-but-no-key');
});
