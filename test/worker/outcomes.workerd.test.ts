import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { directoryOf } from '../../worker/bindings.ts';
import { publishOutcomes, windowOf } from '../../worker/outcomes.ts';
import { forgetSite } from '../../worker/site.ts';
import {
  admin,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  outcomes,
  receiver,
  send,
  settled,
  stats,
} from '../support/collector.workerd.ts';
import { NOON, nextAlarm, passTime, standAtNoon } from '../support/time.workerd.ts';

let puts: { key: string; at: number }[] = [];

/** KV takes one write a second a key; miniflare does not enforce it, so the test does. */
standAtNoon();
beforeEach(() => {
  puts = [];
  const put = env.HUB_KV.put.bind(env.HUB_KV);
  vi.spyOn(env.HUB_KV, 'put').mockImplementation(async (key, value, options) => {
    puts.push({ key, at: Date.now() });
    await put(key, value as string, options);
  });
});
afterEach(async () => {
  for (const { key, at } of puts)
    expect(
      puts.filter((other) => other.key === key && Math.abs(other.at - at) < 1_000),
      key,
    ).toHaveLength(1);
});

test('each ended delivery is one record in KV: the outcome’s body and how the delivery went', async () => {
  receiver(({ url }) => new Response('', { status: url.endsWith('/down') ? 500 : 200 }));
  const { siteId } = await makeSite();
  const good = await integrate(siteId);
  const bad = await integrate(siteId, { url: 'https://receiver.example.com/down', schedule_seconds: [] });
  const signUp = event({ attributes: { plan: 'gold' } });
  await send(siteId, signUp);
  await settled(siteId);
  for (const { id } of [good, bad])
    await passTime(lane(id), async () => (await outcomes(siteId)).data.some((it) => it.integration_id === id));
  const { data } = await outcomes(siteId);
  expect(data).toHaveLength(2);
  const record = data.find((it) => it.integration_id === bad.id);
  expect(Object.keys(record ?? {})).toEqual([
    'id',
    'event',
    'timestamp',
    'site_id',
    'site_name',
    'user_session_id',
    'plan',
    'integration_id',
    'webhook_trigger',
    'delivery',
  ]);
  expect(record).toMatchObject({
    event: 'WebhookError',
    webhook_trigger: 'SignUpSuccess',
    delivery: {
      event_id: signUp.id,
      attempts: 1,
      status: 500,
      duration_ms: expect.any(Number),
      error: expect.stringContaining('500'),
    },
  });
  const { keys } = await env.HUB_KV.list<{ ok: number; error: number }>({ prefix: `outcome:${siteId}:` });
  expect(keys.map(({ metadata }) => metadata)).toContainEqual({ ok: 0, error: 1 });
  expect(keys.every(({ name, expiration }) => /:\d{13}:[0-9a-f-]{36}:0$/.test(name) && (expiration ?? 0) > 0)).toBe(
    true,
  );
});

test('an attribute called delivery stays in the record under another name, and in the webhook under its own', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { triggers: ['SignUpSuccess', 'WebhookSuccess'] });
  await send(siteId, event({ attributes: { delivery: 'express' } }));
  await passTime(lane(id), async () => (await outcomes(siteId)).data.length === 1);
  const [record] = (await outcomes(siteId)).data;
  expect(record).toMatchObject({ attribute_delivery: 'express', delivery: { attempts: 1, status: 200 } });
  await vi.waitFor(() => expect(outside.received).toHaveLength(2));
  expect(outside.received.map(({ body }) => body.delivery)).toEqual(['express', 'express']);
});

test('records are paged newest first, each once, also while new ones arrive', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const sent: string[] = [];
  const sendOne = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const it = event();
      sent.unshift(it.id);
      await send(siteId, it);
      await settled(siteId);
      vi.setSystemTime(Date.now() + 2_000);
      await passTime(lane(id), async () => (await outcomes(siteId, 'limit=1')).data[0]?.delivery.event_id === it.id);
    }
  };
  await sendOne(5);
  const first = await outcomes(siteId, 'limit=2');
  await sendOne(1);
  const second = await outcomes(siteId, `limit=2&cursor=${first.next}`);
  const third = await outcomes(siteId, `limit=2&cursor=${second.next}`);
  expect([...first.data, ...second.data, ...third.data].map((it) => it.delivery.event_id)).toEqual(sent.slice(1));
  expect(third.next).toBeNull();
});

/** A site with outcomes of some lanes, each given by the milliseconds after noon, oldest first. */
async function publishedByLanes(...ofLanes: number[][]) {
  const { siteId } = await makeSite();
  const kept = { siteId, retentionDays: 30 };
  const publish = (lane: number, milliseconds: number[]) => {
    const records = milliseconds.map((ms) => {
      const [id, timestamp] = [`${ms} of ${lane}`, new Date(NOON + ms).toISOString()];
      return { ok: true, text: JSON.stringify({ id, timestamp, delivery: {} }) };
    });
    const name = `0000000${lane}-0000-4000-8000-000000000000:0`;
    return publishOutcomes(env.HUB_KV, kept, name, windowOf(NOON + (milliseconds[0] ?? 0)), [records], NOON);
  };
  for (const [lane, milliseconds] of ofLanes.entries()) await publish(lane, milliseconds);
  return { siteId, publish };
}
/** Every page that there is, by the ids of its records. */
async function pagesOf(siteId: string, limit: number) {
  const pages: (unknown[] | undefined)[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const page: Awaited<ReturnType<typeof outcomes>> = await outcomes(
      siteId,
      `limit=${limit}${next ? `&cursor=${next}` : ''}`,
    );
    pages.push(page.data.map(({ id }) => id));
    next = page.next;
  }
  return pages;
}

test.each([1, 2, 3, 4, 7, 8, 200])(
  'lanes that settled within one second are read as one, newest first, no page repeats, loses or is empty: by %i',
  async (limit) => {
    const { siteId } = await publishedByLanes([100, 400, 400, 900], [200, 400], [950]);
    const pages = await pagesOf(siteId, limit);
    expect(pages.flat()).toEqual(['950 of 2', '900 of 0', '400 of 0', '400 of 0', '400 of 1', '200 of 1', '100 of 0']);
    expect(pages).toHaveLength(Math.ceil(7 / limit));
  },
);

test('what another lane publishes of a second that is being read comes in its place, and nothing comes twice', async () => {
  const { siteId, publish } = await publishedByLanes([100, 400, 900]);
  const first = await outcomes(siteId, 'limit=2');
  await publish(1, [200, 800]);
  const second = await outcomes(siteId, `limit=3&cursor=${first.next}`);
  expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(['900 of 0', '400 of 0', '200 of 1', '100 of 0']);
  expect(second.next).toBeNull();
});

/** KV takes 25 MiB a value. */
const VALUE_BYTES_MAX = 25 * 1024 * 1024;

test('a second of outcomes that is too large for one value of KV is parted, and an erasure reaches each part', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const user_session_id = crypto.randomUUID();
  const views = Array.from({ length: 16 }, (_, at) => {
    const long = Array.from({ length: 4 }, (_, i) => [`attribute_${at * 4 + i}`, '字'.repeat(4_096)]);
    return event({ event: 'SiteViewed', fields: undefined, user_session_id, attributes: Object.fromEntries(long) });
  });
  for (const view of views) await send(siteId, view);
  await send(siteId, ...Array.from({ length: 50 }, () => event({ user_session_id, attributes: {} })));
  await settled(siteId);
  const parts = async () => {
    const { keys } = await env.HUB_KV.list<{ ok: number }>({ prefix: `outcome:${siteId}:` });
    const texts = await Promise.all(keys.map(async ({ name }) => (await env.HUB_KV.get(name)) ?? ''));
    return { texts, count: keys.reduce((sum, { metadata }) => sum + (metadata?.ok ?? 0), 0) };
  };
  await passTime(lane(id), async () => (await parts()).count === 50);
  const { texts } = await parts();
  expect(texts.length).toBeGreaterThan(1);
  for (const text of texts) expect(new TextEncoder().encode(text).length).toBeLessThan(VALUE_BYTES_MAX);
  const pages = [await outcomes(siteId, 'limit=30')];
  pages.push(await outcomes(siteId, `limit=30&cursor=${pages[0]?.next}`));
  expect(new Set(pages.flatMap(({ data }) => data.map((it) => it.delivery.event_id))).size).toBe(50);

  expect((await admin('DELETE', `/v1/sites/${siteId}/sessions/${user_session_id}`)).status).toBe(200);
  vi.setSystemTime(Date.now() + 2_000);
  await passTime(lane(id), async () => !(await parts()).texts.some((text) => text.includes('字')));
  expect((await parts()).count).toBe(50);
});

test('while KV fails, outcomes wait; when it is back, none is missing and none is there twice', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const working = vi.mocked(env.HUB_KV.put).getMockImplementation();
  vi.mocked(env.HUB_KV.put).mockImplementation(async () => {
    throw new Error('KV PUT failed: 500');
  });
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await send(siteId, ...Array.from({ length: 20 }, () => event()));
  await settled(siteId);
  for (let i = 0; i < 5; i++) await nextAlarm(lane(id));
  expect((await outcomes(siteId)).data).toEqual([]);
  if (working) vi.mocked(env.HUB_KV.put).mockImplementation(working);
  await passTime(lane(id), async () => (await outcomes(siteId)).data.length === 20);
  const ids = (await outcomes(siteId)).data.map((it) => it.delivery.event_id);
  expect(new Set(ids).size).toBe(20);
});

test('stats come from KV: counts by hour, and by integration with state, rate and times', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [], triggers: ['SiteViewed', 'SignUpSuccess'] });
  await nextAlarm(directoryOf(env));
  forgetSite(siteId);
  const view = () => event({ event: 'SiteViewed', fields: undefined });
  await send(siteId, view(), view(), event());
  await settled(siteId);
  vi.setSystemTime(NOON + 3_600_000);
  outside.answer = () => new Response('', { status: 500 });
  await send(siteId, event());
  await settled(siteId);
  await passTime(lane(id), async () => (await stats(siteId)).totals.WebhookError === 1);
  await nextAlarm(journal(siteId));
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(journal(siteId));
    expect((await stats(siteId)).totals).toEqual({
      SiteViewed: 2,
      SignUpSuccess: 2,
      WebhookSuccess: 3,
      WebhookError: 1,
      pending: 0,
    });
  });
  const now = await stats(siteId);
  expect(now.series).toHaveLength(24);
  expect(now.series.slice(-2)).toMatchObject([
    { t: '2126-06-01T12:00:00.000Z', SiteViewed: 2, SignUpSuccess: 1, WebhookSuccess: 3, WebhookError: 0 },
    { t: '2126-06-01T13:00:00.000Z', SiteViewed: 0, SignUpSuccess: 1, WebhookSuccess: 0, WebhookError: 1 },
  ]);
  expect(now.integrations).toMatchObject([
    {
      integration_id: id,
      name: 'Mail',
      state: 'failing',
      succeeded: 3,
      failed: 1,
      skipped: 0,
      pending: 0,
      success_rate: 0.75,
      last_error: expect.stringContaining('500'),
    },
  ]);
});
