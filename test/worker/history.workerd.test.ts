import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import type { DeliveryDetail, DeliverySummary } from '../../worker/delivery.ts';
import {
  admin,
  books,
  event,
  integrate,
  lane,
  makeSite,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { NOON, nextAlarm, passTime, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

type List = { data: DeliverySummary[]; next: string | null };
const list = async (siteId: string, query = '') =>
  (await admin<List>('GET', `/v1/sites/${siteId}/deliveries?${query}`)).body;
const show = async (siteId: string, eventId: string, integrationId: string) =>
  (await admin<DeliveryDetail>('GET', `/v1/sites/${siteId}/deliveries/${eventId}/${integrationId}`)).body;
const replay = (siteId: string, integrationId: string, body: object) =>
  admin<{ count: number }>('POST', `/v1/sites/${siteId}/integrations/${integrationId}/replay`, body);

/** Sends one after the other, each at a later time, and waits until all were tried. */
async function sendApart(siteId: string, count: number, pending = 0) {
  const events = [];
  for (let i = 0; i < count; i++) {
    const it = event({ fields: { email: `user${i}@example.com` } });
    await send(siteId, it);
    await settled(siteId, pending * (i + 1));
    vi.setSystemTime(Date.now() + 1_000);
    events.push(it);
  }
  return events.map(({ id }) => id);
}

describe('the list', () => {
  test('pages through all deliveries, newest first, each once, whatever its state', async () => {
    let status = 200;
    receiver(() => new Response('no', { status }));
    const { siteId } = await makeSite();
    const one = await integrate(siteId, { schedule_seconds: [86_400] });
    const two = await integrate(siteId, { schedule_seconds: [] });
    const good = await sendApart(siteId, 5);
    status = 500;
    const bad = await sendApart(siteId, 4, 1);
    const expected = [...good, ...bad].reverse().flatMap((id) => [one.id, two.id].sort().map((it) => `${id} ${it}`));
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await list(siteId, `limit=4${next ? `&cursor=${next}` : ''}`);
      expect(page.data.length).toBeLessThanOrEqual(4);
      seen.push(...page.data.map((it) => `${it.event_id} ${it.integration_id}`));
      next = page.next;
    }
    expect(seen).toEqual(expected);
  });

  test('is narrowed by status, integration, event and time', async () => {
    receiver(() => new Response('no', { status: 500 }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { schedule_seconds: [] });
    const waits = await integrate(siteId, { schedule_seconds: [3_600], triggers: ['SignUpSuccess', 'SiteViewed'] });
    const [failed] = await sendApart(siteId, 1, 1);
    expect((await list(siteId, 'status=failed')).data).toMatchObject([
      {
        event_id: failed,
        integration_id: id,
        status: 'failed',
        attempts: 1,
        next_attempt_at: null,
        last_error: expect.stringContaining('500'),
      },
    ]);
    expect((await list(siteId, 'status=retrying')).data).toMatchObject([
      {
        event_id: failed,
        integration_id: waits.id,
        status: 'retrying',
        next_attempt_at: expect.stringMatching(/^2126/),
      },
    ]);
    expect(
      (await list(siteId, `integration_id=${id}&status=failed&until=${new Date(NOON).toISOString()}`)).data,
    ).toEqual([]);
    expect((await list(siteId, `status=failed&since=${new Date(NOON).toISOString()}`)).data).toHaveLength(1);
    expect((await list(siteId, 'event=SiteViewed')).data).toEqual([]);
    expect((await admin('GET', `/v1/sites/${siteId}/deliveries?status=lost`)).status).toBe(422);
  });
});

test('a clock that runs back neither turns the list round nor hides a delivery', async () => {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [first] = await sendApart(siteId, 1);
  vi.setSystemTime(NOON - 3_600_000);
  const later = await sendApart(siteId, 2);
  expect((await list(siteId)).data.map(({ event_id }) => event_id)).toEqual([...later.toReversed(), first]);
  for (const one of later) expect(await show(siteId, one, id)).toMatchObject({ status: 'succeeded' });
});

test('the body is shown as it was sent, whatever the site is called now, with what was cut named', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const signUp = event({ fields: { email: 'joe@bloggs.com', essay: 'x'.repeat(5_000) } });
  await send(siteId, signUp);
  await settled(siteId);
  await admin('PATCH', `/v1/sites/${siteId}`, { site_name: 'Another name' });
  const shown = await show(siteId, signUp.id, id);
  expect(shown.body).toBe(outside.received[0]?.text);
  expect(shown.cut).toEqual(['essay']);
});

test('one delivery shows the body sent and every attempt, with the answer’s headers and first 4 KiB', async () => {
  let status = 503;
  receiver(() => new Response('x'.repeat(10_000), { status, headers: { 'retry-after': '9', 'x-request': 'abc' } }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const [eventId] = (await sendApart(siteId, 1, 1)) as [string];
  status = 200;
  await passTime(lane(id), async () => (await list(siteId, 'status=succeeded')).data.length === 1);
  const detail = await show(siteId, eventId, id);
  expect(detail).toMatchObject({ event_id: eventId, integration_id: id, status: 'succeeded', last_error: null });
  expect(JSON.parse(detail.body)).toMatchObject({ id: eventId, email: 'user0@example.com' });
  expect(detail.attempts.map((it) => it.status)).toEqual([503, 200]);
  expect(detail.attempts[0]).toMatchObject({
    error: expect.any(String),
    response_headers: { 'x-request': 'abc', 'retry-after': '9' },
  });
  expect(detail.attempts[0]?.response_body).toHaveLength(4_096);
  expect(Date.parse(detail.attempts[1]?.at ?? '') - Date.parse(detail.attempts[0]?.at ?? '')).toBeGreaterThanOrEqual(
    9_000,
  );
  expect((await admin('GET', `/v1/sites/${siteId}/deliveries/${crypto.randomUUID()}/${id}`)).status).toBe(404);
});

test('there is no delivery of an event that was not for the integration, and none can be sent again', async () => {
  receiver();
  const { siteId } = await makeSite();
  const [early, view, signUp] = [event(), event({ event: 'SiteViewed' }), event()];
  await send(siteId, early);
  const { id } = await integrate(siteId);
  await send(siteId, view);
  const statuses = async ({ id: eventId }: { id: string }) => {
    const path = `/v1/sites/${siteId}/deliveries/${eventId}/${id}`;
    return [(await admin('GET', path)).status, (await admin('POST', `${path}/replay`)).status];
  };
  // First beyond what the lane has read, then before it.
  for (let i = 0; i < 2; i++) {
    expect(await statuses(early), 'accepted before there was the integration').toEqual([404, 404]);
    expect(await statuses(view), 'of a name that is not among its triggers').toEqual([404, 404]);
    await send(siteId, signUp);
    await settled(siteId);
  }
  expect(await statuses(signUp)).toEqual([200, 200]);
});

describe('a replay', () => {
  test('of one sends the same id again, and the books move with it', async () => {
    let status = 500;
    const outside = receiver(() => new Response('', { status }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { schedule_seconds: [] });
    await integrate(siteId, {
      triggers: ['WebhookSuccess', 'WebhookError'],
      url: 'https://receiver.example.com/watch',
      schedule_seconds: [],
    });
    const [eventId] = (await sendApart(siteId, 1)) as [string];
    status = 200;
    expect((await admin('POST', `/v1/sites/${siteId}/deliveries/${eventId}/${id}/replay`)).body).toEqual({ count: 1 });
    const now = await vi.waitFor(async () => {
      const it = await books(siteId);
      expect(it.integrations[0]?.triggers[0]).toMatchObject({
        matching: 1,
        succeeded: 1,
        failed: 0,
        skipped: 0,
        pending: 0,
      });
      return it;
    });
    expect(now.balanced).toBe(true);
    expect(
      outside.received.filter(({ url }) => url.endsWith('/hook')).map(({ headers }) => headers.get('webhook-id')),
    ).toEqual([eventId, eventId]);
    expect((await show(siteId, eventId, id)).attempts.map((it) => it.status)).toEqual([500, 200]);
    expect((await list(siteId, `integration_id=${id}`)).data).toMatchObject([{ status: 'succeeded', attempts: 2 }]);
    await vi.waitFor(async () =>
      expect((await books(siteId)).events).toMatchObject({ WebhookError: 1, WebhookSuccess: 1 }),
    );
  });

  test('of one that has not ended is refused in words', async () => {
    receiver(() => new Response('', { status: 500 }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId);
    const [eventId] = (await sendApart(siteId, 1, 1)) as [string];
    const { status, body } = await admin('POST', `/v1/sites/${siteId}/deliveries/${eventId}/${id}/replay`);
    expect([status, body]).toMatchObject([
      422,
      { error: { code: 'invalid', issues: [{ message: expect.stringContaining('pending') }] } },
    ]);
  });

  test.each([0, 1])(
    'of one whose person was erased is refused as such, with %i of its attempts still to come, and is shown as erased',
    async (pending) => {
      const outside = receiver(() => new Response('', { status: 500 }));
      const { siteId } = await makeSite();
      const { id } = await integrate(siteId, { schedule_seconds: pending ? [86_400] : [] });
      const signUp = event();
      await send(siteId, signUp);
      await settled(siteId, pending);
      expect(await show(siteId, signUp.id, id)).toMatchObject({ erased: false });
      await admin('DELETE', `/v1/sites/${siteId}/sessions/${signUp.user_session_id}`);
      const { status, body } = await admin('POST', `/v1/sites/${siteId}/deliveries/${signUp.id}/${id}/replay`);
      expect([status, body]).toMatchObject([
        422,
        { error: { code: 'invalid', issues: [{ message: expect.stringContaining('erased') }] } },
      ]);
      expect(await show(siteId, signUp.id, id)).toMatchObject({ erased: true });
      expect(outside.received).toHaveLength(1);
    },
  );

  test('to a disabled integration is refused in words, and leaves everything as it was; only counting goes', async () => {
    const outside = receiver();
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { enabled: false });
    const [eventId] = (await sendApart(siteId, 1)) as [string];
    const before = await list(siteId);
    const one = () => admin('POST', `/v1/sites/${siteId}/deliveries/${eventId}/${id}/replay`);
    const skipped = { status: 'skipped' };
    for (const { status, body } of [await one(), await replay(siteId, id, skipped)])
      expect([status, body]).toMatchObject([
        422,
        {
          error: { code: 'invalid', issues: [{ path: 'integration_id', message: expect.stringContaining('Enable') }] },
        },
      ]);
    expect((await replay(siteId, id, { ...skipped, dry_run: true })).body).toEqual({ count: 1 });
    expect(await list(siteId)).toEqual(before);
    await admin('POST', `/v1/sites/${siteId}/integrations/${id}/enable`);
    expect((await replay(siteId, id, skipped)).body).toEqual({ count: 1 });
    await passTime(lane(id), () => outside.received.length === 1);
  });

  test('of many counts first, then sends each that failed, once, and none that succeeded', async () => {
    let status = 500;
    const outside = receiver(() => new Response('', { status }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { schedule_seconds: [] });
    const failed = await sendApart(siteId, 3);
    status = 200;
    await sendApart(siteId, 2);
    outside.received.length = 0;
    const since = new Date(NOON + 500).toISOString();
    expect((await replay(siteId, id, { status: 'failed', dry_run: true })).body).toEqual({ count: 3 });
    expect((await replay(siteId, id, { status: 'failed', since, dry_run: true })).body).toEqual({ count: 2 });
    expect(outside.received).toEqual([]);
    expect((await replay(siteId, id, { status: 'failed', since })).body).toEqual({ count: 2 });
    expect((await replay(siteId, id, { status: 'failed', since })).body).toEqual({ count: 0 });
    await passTime(lane(id), () => outside.received.length === 2);
    expect(outside.received.map(({ body }) => body.id)).toEqual(failed.slice(1));
    expect((await settled(siteId)).integrations[0]?.triggers[0]).toMatchObject({
      matching: 5,
      succeeded: 4,
      failed: 1,
    });
  });
});

test('enabling with catch_up delivers what was skipped since, and nothing older', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { enabled: false });
  const path = `/v1/sites/${siteId}/integrations/${id}`;
  await sendApart(siteId, 1);
  expect((await admin('POST', `${path}/enable`)).body).toMatchObject({
    enabled: true,
    catching_up: 0,
    disabled_reason: null,
  });
  vi.setSystemTime(Date.now() + 1_000);
  await admin('PATCH', path, { enabled: false });
  const missed = await sendApart(siteId, 2);
  expect(outside.received).toEqual([]);
  expect((await list(siteId, 'status=skipped')).data).toHaveLength(3);
  expect((await admin('POST', `${path}/enable`, { catch_up: true })).body).toMatchObject({
    enabled: true,
    catching_up: 2,
  });
  await passTime(lane(id), () => outside.received.length === 2);
  expect(outside.received.map(({ body }) => body.id)).toEqual(missed);
  expect((await settled(siteId)).integrations[0]?.triggers[0]).toMatchObject({ matching: 3, succeeded: 2, skipped: 1 });
});

test('a test send shows the site’s own last event with its values masked, and counts nowhere', async () => {
  const outside = receiver(() => new Response('hello', { status: 418 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [] });
  const path = `/v1/sites/${siteId}/integrations/${id}/test`;
  expect((await admin('POST', path)).body).toMatchObject({ status: 418, response_body: 'hello' });
  const [eventId] = (await sendApart(siteId, 1)) as [string];
  const before = await books(siteId);
  const { body } = await admin<{ status: number; body: string }>('POST', path, { event: 'SignUpSuccess' });
  expect(JSON.parse(body.body)).toMatchObject({ event: 'SignUpSuccess', email: 'uxxx0@exxxxxx.cxx', site_id: siteId });
  expect(body.body).toBe(outside.received.at(-1)?.text);
  expect(outside.received.at(-1)?.body.id).not.toBe(eventId);
  expect({ ...(await books(siteId)), as_of: '' }).toEqual({ ...before, as_of: '' });
});

describe('an endpoint that is down', () => {
  test('is probed instead of hammered, and recovers slowly once it answers', async () => {
    let status = 500;
    const outside = receiver(() => new Response('', { status }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { schedule_seconds: Array.from({ length: 20 }, () => 60) });
    const health = async () =>
      (await admin<Record<string, unknown>>('GET', `/v1/sites/${siteId}/integrations/${id}/health`)).body;
    await send(siteId, ...Array.from({ length: 30 }, () => event()));
    await settled(siteId, 30);
    await vi.waitFor(() => expect(outside.received).toHaveLength(30));
    vi.setSystemTime(Date.now() + 75_000);
    outside.received.length = 0;
    await nextAlarm(lane(id));
    await vi.waitFor(() => expect(outside.received.length).toBeGreaterThan(0));
    expect(await health()).toMatchObject({ state: 'failing', mode: 'probing', pending: 30, backlog_done_at: null });
    expect(outside.received).toHaveLength(1);
    await send(siteId, event());
    expect(outside.received).toHaveLength(1);

    status = 200;
    await passTime(lane(id), () => outside.received.length >= 2);
    const recovering = { state: 'ok', mode: 'recovering', backlog_done_at: expect.stringMatching(/^2126/) };
    await vi.waitFor(async () => expect(await health()).toMatchObject(recovering));
    const from = Date.now();
    await passTime(lane(id), async () => (await books(siteId)).integrations[0]?.triggers[0]?.pending === 0);
    expect((await settled(siteId)).integrations[0]?.triggers[0]).toMatchObject({
      matching: 31,
      succeeded: 31,
      failed: 0,
    });
    // Two a second at first: thirty do not come at once.
    expect(Date.now() - from).toBeGreaterThan(2_000);
  });

  test('is disabled after five days without a success', async () => {
    const outside = receiver(() => new Response('', { status: 500 }));
    const { siteId } = await makeSite();
    const { id } = await integrate(siteId, { schedule_seconds: Array.from({ length: 20 }, () => 86_400) });
    await send(siteId, event());
    await settled(siteId, 1);
    await passTime(lane(id), async () => {
      const { body } = await admin<{ enabled: boolean }>('GET', `/v1/sites/${siteId}/integrations/${id}`);
      return !body.enabled;
    });
    expect(outside.received.length).toBeLessThanOrEqual(7);
    expect((await settled(siteId)).integrations[0]?.triggers[0]).toMatchObject({ matching: 1, skipped: 1 });
    expect((Date.now() - NOON) / 86_400_000).toBeGreaterThan(5);
  });
});

test('an integration with its own pace is sent no more than that', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { max_per_second: 2 });
  await send(siteId, ...Array.from({ length: 5 }, () => event()));
  await vi.waitFor(() => expect(outside.received).toHaveLength(1));
  await passTime(lane(id), () => outside.received.length === 5);
  expect(Date.now() - NOON).toBeGreaterThanOrEqual(2_000);
  await settled(siteId);
  expect(
    await runInDurableObject(lane(id), (_, { storage }) => storage.sql.exec('SELECT * FROM retries').toArray()),
  ).toEqual([]);
});
