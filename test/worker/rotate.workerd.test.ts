import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import { forgetSite } from '../../worker/site.ts';
import { admin, event, integrate, lane, makeSite, receiver, send, settled } from '../support/collector.workerd.ts';
import { NOON, standAtNoon } from '../support/time.workerd.ts';
import { verifiesAsymmetric } from '../support/vectors.ts';

// Ahead of the real clock: workerd fires an alarm by itself when its time has really come.
const HOUR_MS = 3_600_000;

standAtNoon();

type Shown = { masked: string; created_at: string; expires_at: string | null };
type Integration = { secret: string; secrets: Shown[]; updated_at: string };

const pathOf = (siteId: string, id: string) => `/v1/sites/${siteId}/integrations/${id}`;
const rotate = (siteId: string, id: string, query = '') =>
  admin<Integration>('POST', `${pathOf(siteId, id)}/rotate${query}`);
const read = async (siteId: string, id: string) => (await admin<Integration>('GET', pathOf(siteId, id))).body;

/** Sends a sign-up, and gives what the receiver got. */
async function delivered(siteId: string, outside: ReturnType<typeof receiver>) {
  const before = outside.received.length;
  await send(siteId, event());
  await settled(siteId);
  expect(outside.received).toHaveLength(before + 1);
  const [got] = outside.received.slice(-1) as [(typeof outside.received)[0]];
  return { text: got.text, headers: Object.fromEntries(got.headers) as Record<string, string> };
}
type Got = Awaited<ReturnType<typeof delivered>>;
const verifies = (secret: string, { text, headers }: Got) => {
  try {
    return new Webhook(secret).verify(text, headers) !== null;
  } catch {
    return false;
  }
};
const signatureOf = ({ headers }: Got) => headers['webhook-signature'] as string;
const alarmOfDirectory = () => runDurableObjectAlarm(directoryOf(env) as DurableObjectStub);

test('after a rotation old and new secret sign for 24 hours, then the new alone', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id, secret: old } = await integrate(siteId);
  const { status, body } = await rotate(siteId, id);
  expect(status).toBe(200);
  expect(body.secret).toMatch(/^whsec_/);
  expect(body.secret).not.toBe(old);

  const during = await delivered(siteId, outside);
  expect(signatureOf(during).split(' ')).toHaveLength(2);
  expect(verifies(old, during) && verifies(body.secret, during)).toBe(true);
  expect(await read(siteId, id)).toMatchObject({
    secrets: [
      { masked: `whsec_…${body.secret.slice(-4)}`, expires_at: null },
      { masked: `whsec_…${old.slice(-4)}`, expires_at: '2126-06-02T12:00:00.000Z' },
    ],
  });

  vi.setSystemTime(NOON + 24 * HOUR_MS - 60_000);
  expect(verifies(old, await delivered(siteId, outside))).toBe(true);

  // The Directory has not woken yet: the lane itself knows when the old one ends.
  vi.setSystemTime(NOON + 24 * HOUR_MS);
  const after = await delivered(siteId, outside);
  expect(signatureOf(after).split(' ')).toHaveLength(1);
  expect(verifies(body.secret, after)).toBe(true);
  expect(verifies(old, after)).toBe(false);

  await alarmOfDirectory();
  await vi.waitFor(async () => {
    await alarmOfDirectory();
    expect((await read(siteId, id)).secrets).toHaveLength(1);
    const config = await runInDurableObject(lane(id) as DurableObjectStub, (_, { storage }) =>
      storage.sql.exec<{ value: string }>("SELECT value FROM marks WHERE name = 'config'").one(),
    );
    expect(JSON.parse(config.value).credentials.secrets).toHaveLength(1);
  });
});

test('several rotations within a day: each live secret signs, the newest first', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id, secret } = await integrate(siteId);
  const all = [secret];
  for (let i = 0; i < 4; i++) all.unshift((await rotate(siteId, id)).body.secret);
  const got = await delivered(siteId, outside);
  expect(signatureOf(got).split(' ')).toHaveLength(5);
  for (const one of all) expect(verifies(one, got)).toBe(true);

  const sixth = await rotate(siteId, id);
  expect(sixth.status).toBe(422);
  expect(sixth.body).toMatchObject({
    error: { issues: [{ path: 'overlap_seconds', message: expect.stringContaining('send 0') }] },
  });
});

test('a leaked secret is ended at once, with all its forerunners', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id, secret: first } = await integrate(siteId);
  const { secret: second } = (await rotate(siteId, id)).body;
  const { secret: third } = (await rotate(siteId, id, '?overlap_seconds=0')).body;
  const got = await delivered(siteId, outside);
  expect([first, second, third].map((secret) => verifies(secret, got))).toEqual([false, false, true]);
  for (const query of ['?overlap_seconds=-1', '?overlap_seconds='])
    expect((await rotate(siteId, id, query)).status, `${query}: may be a script's empty variable`).toBe(422);
});

test('rotation of another site’s integration, or of none, is not found', async () => {
  const { siteId } = await makeSite();
  const { siteId: other } = await makeSite();
  const { id } = await integrate(siteId);
  expect((await rotate(other, id)).status).toBe(404);
  expect((await rotate(siteId, crypto.randomUUID())).status).toBe(404);
});

const keysOf = async (siteId: string) => {
  forgetSite(siteId);
  const response = await exports.default.fetch(`https://hub.test/.well-known/hubwire/${siteId}.json`);
  return { response, keys: ((await response.json()) as { keys: Key[] }).keys };
};
type Key = { kid: string; alg: string; public_key: string };

test('where the site wants it, v1a stands beside v1, and the published key verifies it', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ asymmetric: true });
  const { secret } = await integrate(siteId);
  const got = await delivered(siteId, outside);
  const [v1, v1a, ...more] = signatureOf(got).split(' ') as [string, string];
  expect(v1).toMatch(/^v1,/);
  expect(v1a).toMatch(/^v1a,/);
  expect(more).toEqual([]);
  expect(verifies(secret, got)).toBe(true);

  const { response, keys } = await keysOf(siteId);
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
  expect(keys).toEqual([
    { kid: expect.stringMatching(/^\w+$/), alg: 'ed25519', public_key: expect.stringMatching(/^whpk_/) },
  ]);
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = got.headers;
  expect(await verifiesAsymmetric((keys[0] as Key).public_key, v1a, id, timestamp, got.text)).toBe(true);
});

test('turned on later, v1a begins; turned off, it ends and the keys are no longer published', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  expect((await keysOf(siteId)).keys).toEqual([]);
  expect(signatureOf(await delivered(siteId, outside))).not.toContain('v1a');
  vi.setSystemTime(Date.now() + 5_000);
  await admin('PATCH', `/v1/sites/${siteId}`, { settings: { asymmetric: true } });
  expect(signatureOf(await delivered(siteId, outside))).toContain('v1a');
  expect((await keysOf(siteId)).keys).toHaveLength(1);
  vi.setSystemTime(Date.now() + 5_000);
  await admin('PATCH', `/v1/sites/${siteId}`, { settings: { asymmetric: false } });
  expect(signatureOf(await delivered(siteId, outside))).not.toContain('v1a');
  expect((await keysOf(siteId)).keys).toEqual([]);
});

test('a rotated key pair signs along for a day, and both are published meanwhile', async () => {
  const outside = receiver();
  const { siteId } = await makeSite({ asymmetric: true });
  await integrate(siteId);
  const [before] = (await keysOf(siteId)).keys as [Key];
  vi.setSystemTime(Date.now() + 5_000);
  const { status, body } = await admin<{ keys: Key[] }>('POST', `/v1/sites/${siteId}/keys/rotate`);
  expect(status).toBe(200);
  expect(body.keys.map(({ kid }) => kid)).toEqual([expect.not.stringContaining(before.kid), before.kid]);
  expect((await keysOf(siteId)).keys).toEqual(body.keys);
  const got = await delivered(siteId, outside);
  const [, newer, older] = signatureOf(got).split(' ') as [string, string, string];
  const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '' } = got.headers;
  for (const [i, signature] of [newer, older].entries())
    expect(await verifiesAsymmetric((body.keys[i] as Key).public_key, signature, id, timestamp, got.text)).toBe(true);

  vi.setSystemTime(Date.now() + 24 * HOUR_MS);
  expect(signatureOf(await delivered(siteId, outside)).match(/v1a,/g)).toHaveLength(1);
  expect((await keysOf(siteId)).keys).toEqual([body.keys[0]]);
});

test('keys of an unknown site, or under another name, are not found, and any page can read that', async () => {
  for (const file of [`${crypto.randomUUID()}.json`, 'x.json', crypto.randomUUID()]) {
    const response = await exports.default.fetch(`https://hub.test/.well-known/hubwire/${file}`);
    expect(response.status).toBe(404);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  }
  const { siteId } = await makeSite();
  expect((await admin('POST', `/v1/sites/${siteId}/keys/rotate`)).status).toBe(422);
});
