// The guide for receivers: its programs are run as they stand, and what it promises is what the code does.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { z } from 'zod';
import type { DeliveryDetail } from '../../worker/delivery.ts';
import * as limits from '../../worker/limits.ts';
import { payload } from '../../worker/payload.ts';
import { asymmetricSignatures, newKeyPair } from '../../worker/sign.ts';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { blocksIn, readDocument } from '../support/commands.ts';
import { type Launched, launch, node } from '../support/launch.ts';
import { until } from '../support/until.ts';

const GUIDE = 'worker/RECEIVERS.md';
const guide = readDocument(GUIDE).replaceAll(/\s+/g, ' ');
const programOf = (title: string): string => {
  const [program] = blocksIn(GUIDE, 'js').filter(({ section }) => section === title);
  if (!program) throw new Error(`The guide has no program "${title}".`);
  return program.text;
};

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'hubwire-receivers-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

test('the whole receiver of the guide stores each event once, also when it is sent again, and refuses strangers', async () => {
  const hub: Launched = await launch({ env: { DEMO: 'false' } });
  let receiver: ChildProcess | undefined;
  try {
    const siteId = await makeSite(hub);
    // The address is not known before the receiver runs, and the receiver not without the secret.
    const { integration_id, secret } = await integrate(hub, siteId, 'http://127.0.0.1:1/');
    await writeFile(join(home, 'verify.mjs'), programOf('Node'));
    await writeFile(join(home, 'receiver.mjs'), programOf('A whole receiver'));
    let output = '';
    receiver = spawn(node, ['receiver.mjs'], { cwd: home, env: { ...process.env, PORT: '0', WEBHOOK_SECRET: secret } });
    receiver.stdout?.on('data', (chunk) => {
      output += chunk;
    });
    const port = await until('the receiver', () => /receiving on (\d+)/.exec(output)?.[1]);
    const url = `http://127.0.0.1:${port}/`;
    await admin(hub, 'PATCH', `/v1/sites/${siteId}/integrations/${integration_id}`, { url });
    const event = newSignUp();
    await post(hub.url, siteId, [event]);
    const path = `/v1/sites/${siteId}/deliveries/${event.id}/${integration_id}`;
    const succeeded = (attempts: number) =>
      until(`attempt ${attempts} to succeed`, async () => {
        const delivery = await admin<z.infer<typeof DeliveryDetail>>(hub, 'GET', path);
        return delivery.status === 'succeeded' && delivery.attempts.length === attempts;
      });
    await succeeded(1);
    await admin(hub, 'POST', `${path}/replay`);
    await succeeded(2);
    expect((await fetch(url, { method: 'POST', body: '{"event":"SignUpSuccess"}' })).status).toBe(401);
    const db = new DatabaseSync(join(home, 'inbox.sqlite'));
    expect(db.prepare('SELECT id, body FROM inbox').all()).toMatchObject([
      { id: event.id, body: expect.stringContaining('"email":"joe@bloggs.com"') },
    ]);
    db.close();
  } finally {
    receiver?.kill();
    await hub.stop();
  }
});

test('the code for public keys takes a signature of any of them, and refuses the rest', async () => {
  await writeFile(join(home, 'verify-with-keys.mjs'), programOf('With public keys'));
  const { verifyWithKeys } = await import(join(home, 'verify-with-keys.mjs'));
  const [pair, former, stranger] = [1, 2, 3].map(() => newKeyPair((bytes) => crypto.getRandomValues(bytes)));
  if (!pair || !former || !stranger) throw new Error('three pairs were made');
  const body = '{"name":"Zoë 😀"}';
  const now = Math.floor(Date.now() / 1_000);
  const headers = (privateKeys: string[], at = now) => ({
    'webhook-id': 'an-id',
    'webhook-timestamp': String(at),
    'webhook-signature': `v1,AAAA ${asymmetricSignatures(privateKeys, 'an-id', at, body)}`,
  });
  const keys = [pair.public_key, former.public_key];
  expect(verifyWithKeys(headers([pair.private_key]), body, keys)).toBe(true);
  expect(verifyWithKeys(headers([former.private_key, stranger.private_key]), body, keys)).toBe(true);
  expect(verifyWithKeys(headers([stranger.private_key]), body, keys)).toBe(false);
  expect(verifyWithKeys(headers([pair.private_key]), `${body} `, keys)).toBe(false);
  expect(verifyWithKeys(headers([pair.private_key], now - 301), body, keys)).toBe(false);
  expect(verifyWithKeys({}, body, keys)).toBe(false);
});

test('its example of a payload is what is sent, to the letter', () => {
  const [example] = blocksIn(GUIDE, 'json');
  const { id, event, timestamp, site_id, site_name, user_session_id, user_profile_id, plan, ...fields } = JSON.parse(
    example?.text ?? '',
  );
  const made = { id, event, timestamp, user_session_id, user_profile_id, attributes: { plan }, fields };
  expect(JSON.stringify(JSON.parse(payload(made, { site_id, site_name })), null, 2)).toBe(example?.text.trimEnd());
});

test.each([
  `2xx within ${limits.ATTEMPT_TIMEOUT_MS / 1_000} seconds`,
  `The first ${limits.RESPONSE_BYTES_MAX.toLocaleString('en')} bytes`,
  `${limits.SCHEDULE_DEFAULT_S.length + 1} attempts in 75 hours`,
  `up to ${limits.SCHEDULE_WAITS_MAX}.`,
  `each wait up to ${limits.JITTER_RATIO_MAX * 100} % longer`,
  `first ${limits.PERMANENT_4XX_MS_MAX / 3_600_000} hours`,
  `${limits.RETRY_AFTER_MS_MAX / 3_600_000} hours at most`,
  `${limits.BREAKER_FAILURES} failures in a row over a minute`,
  `one delivery every ${limits.PROBE_GAP_MS / 1_000} seconds`,
  `Then ${limits.RAMP_START_PER_S} a second come, doubled every ${limits.RAMP_STEP_MS / 1_000} seconds`,
  `For ${limits.OVERLAP_S_DEFAULT / 3_600} hours both sign`,
  `${limits.RETENTION_DAYS_DEFAULT} by default`,
])('it says: %s', (promise) => {
  expect(guide).toContain(promise);
});
