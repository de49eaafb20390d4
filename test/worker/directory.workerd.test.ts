import { runDurableObjectAlarm } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import type { Integration, Site } from '../../worker/config.ts';
import { forgetSite } from '../../worker/site.ts';
import {
  admin,
  beacon,
  books,
  event,
  guid,
  integrate,
  makeSite,
  ORIGIN,
  post,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

type Refused = { error: { code: string; message: string; issues?: { path: string; message: string }[] } };
type List<T> = { data: T[]; next: string | null };

test('without the token nothing is told, whatever is asked', async () => {
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic test-token' }] as Record<
    string,
    string
  >[]) {
    const response = await exports.default.fetch('https://hub.test/v1/sites', { headers });
    expect([response.status, ((await response.json()) as Refused).error.code]).toEqual([401, 'unauthorized']);
  }
});

describe('a site', () => {
  test('is created, read, listed by pages, changed and deleted', async () => {
    const made = await Promise.all(Array.from({ length: 3 }, () => makeSite({ retention_days: 7 })));
    const [first] = made as [(typeof made)[0]];
    const { body: site } = await admin<Site>('GET', `/v1/sites/${first.siteId}`);
    expect(site).toMatchObject({
      site_name: 'My site',
      origins: [ORIGIN],
      settings: { shards: 1, retention_days: 7, require_proof: false },
    });
    expect(JSON.stringify(site)).not.toContain(first.proofSecret);
    const page = (await admin<List<Site>>('GET', '/v1/sites?limit=2')).body;
    const rest = (await admin<List<Site>>('GET', `/v1/sites?limit=2&cursor=${page.next}`)).body;
    expect([...page.data, ...rest.data].map(({ site_id }) => site_id).sort()).toEqual(
      made.map(({ siteId }) => siteId).sort(),
    );
    expect(rest.next).toBeNull();
    const renamed = await admin<Site>('PATCH', `/v1/sites/${first.siteId}`, {
      site_name: 'New',
      settings: { shards: 2 },
    });
    expect(renamed.body).toMatchObject({
      site_name: 'New',
      origins: [ORIGIN],
      settings: { shards: 2, retention_days: 7 },
    });
    expect((await admin('DELETE', `/v1/sites/${first.siteId}`)).status).toBe(204);
    expect((await admin('GET', `/v1/sites/${first.siteId}`)).status).toBe(404);
  });

  test.each([
    [{ site_name: '', origins: [ORIGIN] }, 'site_name'],
    [{ site_name: 'A', origins: [] }, 'origins'],
    [{ site_name: 'A', origins: ['shop.example.com'] }, 'origins.0'],
    [{ site_name: 'A', origins: ['https://shop.example.com/path'] }, 'origins.0'],
    [{ site_name: 'A', origins: [ORIGIN], site_id: 'mine' }, 'site_id'],
    [{ site_name: 'A', origins: [ORIGIN], settings: { shards: 0 } }, 'settings.shards'],
    [{ site_name: 'A', origins: [ORIGIN], settings: { shard: 2 } }, 'settings.shard'],
    [{ site_name: 'A', origins: [ORIGIN], colour: 'red' }, 'colour'],
  ])('%j is refused, and the issue says where', async (input, path) => {
    const { status, body } = await admin<Refused>('POST', '/v1/sites', input);
    expect([status, body.error.code, body.error.issues?.[0]?.path]).toEqual([422, 'invalid', path]);
  });

  test.each([
    ['limit=0', ['limit']],
    ['limits=2&page=3', ['limits', 'page']],
    ['cursor=abc&limit=many', ['cursor', 'limit']],
  ])('a list asked for with ?%s is refused, and the issues name the parameters', async (query, paths) => {
    const { status, body } = await admin<Refused>('GET', `/v1/sites?${query}`);
    expect([status, body.error.issues?.map(({ path }) => path).sort()]).toEqual([422, paths]);
  });

  test('may bring its own id, once; and takes back neither shards nor jurisdiction', async () => {
    const site_id = guid();
    const input = { site_id: site_id.toUpperCase(), site_name: 'A', origins: ['*'], settings: { shards: 4 } };
    expect((await admin<Site>('POST', '/v1/sites', input)).body.site_id).toBe(site_id);
    const twice = await admin<Refused>('POST', '/v1/sites', input);
    expect([twice.status, twice.body.error.message]).toEqual([409, 'There is already such a site.']);
    expect((await admin('PATCH', `/v1/sites/${site_id}`, { settings: { shards: 1 } })).status).toBe(422);
    expect((await admin('PATCH', `/v1/sites/${site_id}`, { settings: { jurisdiction: 'eu' } })).status).toBe(422);
    expect((await admin('POST', '/v1/sites', '{"site_name":')).status).toBe(400);
  });

  test('that is deleted takes its events, lanes and records along', async () => {
    receiver();
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId);
    await send(siteId, event());
    await settled(siteId);
    await admin('DELETE', `/v1/sites/${siteId}`);
    await runDurableObjectAlarm(directoryOf(env));
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(directoryOf(env));
      expect((await env.HUB_KV.list()).keys.filter(({ name }) => name.includes(siteId))).toEqual([]);
    });
    expect((await post(beacon(siteId, [event()]))).status).toBe(404);
    await admin('POST', '/v1/sites', { site_id: siteId, site_name: 'Again', origins: [ORIGIN] });
    expect((await admin('GET', `/v1/sites/${siteId}/integrations/${id}`)).status).toBe(404);
    expect((await books(siteId)).events).toMatchObject({ SignUpSuccess: 0 });
  });
});

describe('an integration', () => {
  test('shows its secret once, and never the site’s', async () => {
    const { siteId, proofSecret } = await makeSite();
    const { id, secret } = await integrate(siteId);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const path = `/v1/sites/${siteId}/integrations`;
    const shown = [
      await admin('GET', path),
      await admin('GET', `${path}/${id}`),
      await admin('PATCH', `${path}/${id}`, { name: 'B' }),
    ];
    for (const { body } of shown) {
      expect(JSON.stringify(body)).not.toContain(secret);
      expect(JSON.stringify(body)).not.toContain(proofSecret);
    }
  });

  test.each([
    [{ url: 'http://example.com/hook' }, 'url'],
    [{ url: 'https://10.0.0.1/' }, 'url'],
    [{ triggers: [] }, 'triggers'],
    [{ triggers: ['PageViewed'] }, 'triggers.0'],
    [{ schedule_seconds: [0] }, 'schedule_seconds.0'],
    [{ schedule_seconds: [86_401] }, 'schedule_seconds.0'],
    [{ schedule_seconds: Array.from({ length: 21 }, () => 1) }, 'schedule_seconds'],
    [{ max_per_second: 0 }, 'max_per_second'],
  ])('with %j is refused, and the issue says where', async (change, path) => {
    const { siteId } = await makeSite();
    const input = { name: 'Mail', url: 'https://receiver.example.com/', triggers: ['SignUpSuccess'], ...change };
    const { status, body } = await admin<Refused>('POST', `/v1/sites/${siteId}/integrations`, input);
    expect([status, body.error.issues?.[0]?.path]).toEqual([422, path]);
  });

  test('of an id that is taken is refused in a sentence', async () => {
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId);
    const input = { integration_id: id, name: 'B', url: 'https://receiver.example.com/', triggers: ['SiteViewed'] };
    const { status, body } = await admin<Refused>('POST', `/v1/sites/${siteId}/integrations`, input);
    expect([status, body.error.message]).toEqual([409, 'There is already such an integration.']);
  });

  test('to Zapier keeps to its 30 a second unless told otherwise', async () => {
    const { siteId } = await makeSite();
    const made = async (more: Record<string, unknown>) => {
      const { id } = await integrate(siteId, more);
      return (await admin<Integration>('GET', `/v1/sites/${siteId}/integrations/${id}`)).body.max_per_second;
    };
    expect(await made({ url: 'https://hooks.zapier.com/hooks/catch/1' })).toBe(30);
    expect(await made({ url: 'https://hooks.zapier.com/hooks/catch/1', max_per_second: null })).toBeNull();
    expect(await made({})).toBeNull();
  });

  test('sees only events from when it was made, and only those of its triggers at that time', async () => {
    const outside = receiver();
    const { siteId } = await makeSite();
    await send(siteId, event());
    const { id } = await integrate(siteId);
    const one = event();
    await send(siteId, one, event({ event: 'SiteViewed', fields: undefined }));
    await settled(siteId);
    await admin('PATCH', `/v1/sites/${siteId}/integrations/${id}`, { triggers: ['SiteViewed'] });
    const view = event({ event: 'SiteViewed', fields: undefined });
    await send(siteId, event(), view);
    const { integrations } = await settled(siteId);
    expect(outside.received.map(({ body }) => body.id)).toEqual([one.id, view.id]);
    expect(integrations[0]?.triggers).toMatchObject([
      { event: 'SiteViewed', matching: 1, succeeded: 1 },
      { event: 'SignUpSuccess', matching: 1, succeeded: 1 },
    ]);
  });

  test('that is deleted is sent nothing more', async () => {
    const outside = receiver();
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId);
    expect((await admin('DELETE', `/v1/sites/${siteId}/integrations/${id}`)).status).toBe(204);
    await send(siteId, event());
    expect((await books(siteId)).integrations).toEqual([]);
    expect(outside.received).toEqual([]);
  });
});

test('a change that can’t be brought to KV is answered, and brought there later', async () => {
  const { siteId } = await makeSite();
  vi.spyOn(console, 'error').mockImplementation(() => {});
  vi.spyOn(env.HUB_KV, 'put').mockRejectedValueOnce(new Error('KV is away'));
  expect((await admin('PATCH', `/v1/sites/${siteId}`, { origins: ['https://new.example.com'] })).status).toBe(200);
  await vi.waitFor(
    async () => {
      await runDurableObjectAlarm(directoryOf(env));
      expect(await env.HUB_KV.get(`site:${siteId}`)).toContain('new.example.com');
    },
    { timeout: 5_000 },
  );
  forgetSite(siteId);
  expect((await post(beacon(siteId, [event()]), { origin: 'https://new.example.com' })).status).toBe(202);
});
