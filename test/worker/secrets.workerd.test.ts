import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import { toAnswer } from '../../worker/reject.ts';
import { Vault } from '../../worker/vault.ts';
import {
  admin,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

const API_KEY = 'Bearer 0123456789abcdef';
const pathOf = (siteId: string, id: string) => `/v1/sites/${siteId}/integrations/${id}`;
type Integration = { headers: Record<string, string> };

/** Every value of every table of an object, as text. */
const everythingIn = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage }) =>
    [
      ...storage.sql.exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '_cf%'",
      ),
    ]
      .map(({ name }) => JSON.stringify([...storage.sql.exec(`SELECT * FROM ${name}`)]))
      .join('\n'),
  );

test('no object and no key of KV holds a secret in the open, and no answer shows one twice', async () => {
  receiver();
  const { siteId, proofSecret } = await makeSite({ asymmetric: true });
  const { id, secret } = await integrate(siteId, { headers: { Authorization: API_KEY } });
  const { secret: rotated } = (await admin<{ secret: string }>('POST', `${pathOf(siteId, id)}/rotate`)).body;
  await send(siteId, event());
  await settled(siteId);

  const objects = [directoryOf(env), lane(id), journal(siteId)] as DurableObjectStub[];
  const kept = (await Promise.all(objects.map(everythingIn))).join('\n');
  const { keys } = await env.HUB_KV.list();
  const values = await Promise.all(keys.map(({ name }) => env.HUB_KV.get(name)));
  const answers = await Promise.all(
    [`/v1/sites/${siteId}`, '/v1/sites', pathOf(siteId, id), `/v1/sites/${siteId}/integrations`].map(async (path) =>
      JSON.stringify((await admin('GET', path)).body),
    ),
  );
  const all = [kept, ...values, ...answers].join('\n');
  // What is kept is there to be found: ids, and the sealed texts themselves.
  expect(kept).toContain(id);
  expect(values.join()).toContain('sealed1.');
  for (const text of [proofSecret, secret, rotated, API_KEY, '0123456789abcdef']) {
    expect(all).not.toContain(text);
    expect(all).not.toContain(text.replace('whsec_', ''));
  }
  expect(all).not.toContain('whsk_');
  expect(answers.join()).toContain(`whsec_…${rotated.slice(-4)}`);
  expect(answers.join()).not.toContain('sealed1.');
});

test('custom headers arrive as they are, are shown masked, and never take the place of ours', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { headers: { Authorization: API_KEY, 'x-short': 'abcd' } });
  const masked = { authorization: '••••cdef', 'x-short': '••••' };
  expect((await admin<Integration>('GET', pathOf(siteId, id))).body.headers).toEqual(masked);
  await send(siteId, event());
  await settled(siteId);
  const headers = outside.received[0]?.headers;
  expect(headers?.get('authorization')).toBe(API_KEY);
  expect(headers?.get('x-short')).toBe('abcd');
  expect(headers?.get('content-type')).toBe('application/json');
});

test('a change that sends a mask back keeps the value; one that leaves a header out removes it', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { headers: { authorization: API_KEY, 'x-old': 'old value to go' } });
  const patch = (body: unknown) => admin<Integration>('PATCH', pathOf(siteId, id), body);
  const { status, body } = await patch({ headers: { Authorization: '••••cdef', 'x-new': 'new value to come' } });
  expect(status).toBe(200);
  expect(body.headers).toEqual({ authorization: '••••cdef', 'x-new': '••••come' });
  expect((await patch({ name: 'Renamed' })).body.headers).toEqual(body.headers);
  await send(siteId, event());
  await settled(siteId);
  const headers = outside.received[0]?.headers;
  expect(headers?.get('authorization')).toBe(API_KEY);
  expect(headers?.get('x-new')).toBe('new value to come');
  expect(headers?.has('x-old')).toBe(false);
});

test('a mask that is not that of the stored value is refused, and nothing changes', async () => {
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { headers: { authorization: API_KEY } });
  for (const headers of [{ authorization: '••••0000' }, { 'x-new': '••••cdef' }]) {
    const { status, body } = await admin('PATCH', pathOf(siteId, id), { headers });
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { issues: [{ message: expect.stringContaining('Send the value itself') }] } });
  }
  expect((await admin<Integration>('GET', pathOf(siteId, id))).body.headers).toEqual({ authorization: '••••cdef' });
});

test.each([[{ 'x-key': 'a\r\nhost: evil' }], [{ 'content-length': '0' }], [{ 'webhook-signature': 'v1,forged' }]])(
  '%j is refused with its path',
  async (headers) => {
    const { siteId } = await makeSite();
    const wanted = { name: 'Mail', url: 'https://receiver.example.com/', triggers: ['SignUpSuccess'], headers };
    const { status, body } = await admin('POST', `/v1/sites/${siteId}/integrations`, wanted);
    expect(status).toBe(422);
    expect(body).toMatchObject({ error: { issues: [{ path: `headers.${Object.keys(headers)[0]}` }] } });
  },
);

test.each([
  [undefined, 'wrangler secret put SECRETS_KEY'],
  ['not a key', 'openssl rand -base64 32'],
])('with SECRETS_KEY %j no secret is made, and the admin is told what to do', async (key, words) => {
  await makeSite();
  await runInDurableObject(directoryOf(env) as DurableObjectStub, (_, { storage }) => {
    const refused = new Vault(storage, key).addSite(crypto.randomUUID());
    if (refused.ok) throw new Error('a secret was made without a key');
    expect(toAnswer(refused.reason)).toMatchObject({
      status: 503,
      body: { error: { code: 'unavailable', message: expect.stringContaining(words) } },
    });
  });
});

test('a webhook to the collector itself is refused, also where it was saved before that name was the collector’s', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId, { url: 'https://hub.example.com/hook', schedule_seconds: [] });
  const create = (host: string) =>
    exports.default.fetch(`https://${host}/v1/sites/${siteId}/integrations`, {
      method: 'POST',
      headers: { authorization: 'Bearer test-token' },
      body: JSON.stringify({ name: 'Loop', url: 'https://hub.example.com/v1/events', triggers: ['SiteViewed'] }),
    });
  expect((await create('elsewhere.example.com')).status).toBe(201);
  const refused = await create('hub.example.com');
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    error: { issues: [{ path: 'url', message: expect.stringContaining('is the collector itself') }] },
  });
  await admin('PATCH', `/v1/sites/${siteId}`, { site_name: 'Published anew' });
  await send(siteId, event());
  await settled(siteId);
  expect(outside.received).toHaveLength(0);
});
