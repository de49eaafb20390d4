import { runDurableObjectAlarm } from 'cloudflare:test';
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import { Lane } from '../../worker/lane.ts';
import {
  admin,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  type Received,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { die, passTime, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const row = (books: Awaited<ReturnType<typeof settled>>, name: string, integration = 0) =>
  books.integrations[integration]?.triggers.find((trigger) => trigger.event === name);

test('an accepted sign-up reaches the webhook once, flat, in the promised order, and signed', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  const { secret } = await integrate(siteId);
  const signUp = event({
    attributes: { plan: 'gold' },
    fields: { email: 'joe@bloggs.com', first_name: 'Joe', optin: 'true' },
  });
  await send(siteId, signUp);
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({
    matching: 1,
    succeeded: 1,
    failed: 0,
    pending: 0,
  });
  expect(outside.received).toHaveLength(1);
  const [{ text, headers }] = outside.received as [(typeof outside.received)[0]];
  expect(text).toBe(
    `{"id":"${signUp.id}","event":"SignUpSuccess","timestamp":"2126-06-01T12:00:00.000Z","site_id":"${siteId}",` +
      `"site_name":"My site","user_session_id":"${signUp.user_session_id}","plan":"gold","email":"joe@bloggs.com",` +
      '"first_name":"Joe","optin":"true"}',
  );
  expect(new Webhook(secret).verify(text, Object.fromEntries(headers))).toMatchObject({ email: 'joe@bloggs.com' });
  expect(headers.get('webhook-id')).toBe(signUp.id);
  expect(headers.get('hubwire-attempt')).toBe('1');
  expect(headers.get('user-agent')).toMatch(/^hubwire\/\d/);
});

test('a failing endpoint is tried ten times over 75 hours with growing waits, then the delivery has failed', async () => {
  const outside = receiver(() => new Response('boom', { status: 500 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const times: number[] = [];
  outside.answer = () => {
    times.push(Date.now());
    return new Response('boom', { status: 500 });
  };
  await send(siteId, event());
  await settled(siteId, 1);
  await passTime(lane(id), () => times.length === 10);
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({
    matching: 1,
    succeeded: 0,
    failed: 1,
    balanced: true,
  });
  const waits = times.slice(1).map((time, i) => (time - (times[i] as number)) / 1_000);
  for (const [i, planned] of [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].entries()) {
    expect(waits[i]).toBeGreaterThanOrEqual(planned);
    expect(waits[i]).toBeLessThanOrEqual(planned * 1.2 + 3);
  }
  expect(new Set(outside.received.map(({ headers }) => headers.get('webhook-id')))).toHaveProperty('size', 1);
  expect(outside.received.map(({ headers }) => headers.get('hubwire-attempt'))).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    '10',
  ]);
});

test('an outcome is raised once to those that subscribed, and its own delivery raises nothing', async () => {
  const outside = receiver(({ url }) => new Response('', { status: url.endsWith('/down') ? 500 : 200 }));
  const { siteId } = await makeSite();
  const down = await integrate(siteId, { url: 'https://receiver.example.com/down', schedule_seconds: [] });
  const watcher = await integrate(siteId, {
    triggers: ['WebhookSuccess', 'WebhookError'],
    url: 'https://receiver.example.com/watch',
  });
  const signUp = event({ attributes: { plan: 'gold' } });
  await send(siteId, signUp);
  await vi.waitFor(() => expect(outside.received).toHaveLength(2));
  const books = await settled(siteId);
  expect(books.events).toMatchObject({ SignUpSuccess: 1, WebhookError: 1, WebhookSuccess: 0 });
  expect(row(books, 'WebhookError', 1)).toMatchObject({ matching: 1, succeeded: 1 });
  const told = JSON.parse(outside.received[1]?.text ?? '{}');
  expect(Object.keys(told)).toEqual([
    'id',
    'event',
    'timestamp',
    'site_id',
    'site_name',
    'user_session_id',
    'plan',
    'integration_id',
    'webhook_trigger',
  ]);
  expect(told).toMatchObject({
    event: 'WebhookError',
    integration_id: down.id,
    webhook_trigger: 'SignUpSuccess',
    plan: 'gold',
  });
  expect(told.id).not.toBe(signUp.id);
  await runDurableObjectAlarm(lane(watcher.id));
  await runDurableObjectAlarm(lane(down.id));
  expect(outside.received).toHaveLength(2);
});

test('six deliveries are under way at once, and one that hangs does not hold the others', async () => {
  let most = 0;
  let now = 0;
  const held = Promise.withResolvers<void>();
  const first = event();
  const outside = receiver(async ({ body }) => {
    most = Math.max(most, ++now);
    if (body.id === first.id) await held.promise;
    now--;
    return new Response('');
  });
  const { siteId } = await makeSite();
  await integrate(siteId);
  await send(siteId, first, ...Array.from({ length: 49 }, () => event()));
  expect(row(await settled(siteId, 1), 'SignUpSuccess')).toMatchObject({ matching: 50, succeeded: 49, pending: 1 });
  held.resolve();
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ succeeded: 50 });
  expect(most).toBeLessThanOrEqual(6);
  expect(outside.received).toHaveLength(50);
});

test('a lane that dies while a request is under way sends that one again, same id, and no other', async () => {
  const hung = event();
  const outside = receiver(({ body }) => (body.id === hung.id ? new Promise(() => {}) : new Response('')));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, hung, event(), event());
  await settled(siteId, 1);
  outside.answer = () => new Response('');
  await die(lane(id));
  await passTime(lane(id), () => outside.received.length > 3);
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ matching: 3, succeeded: 3 });
  expect(outside.received.map(({ body }) => body.id).filter((it) => it === hung.id)).toHaveLength(2);
  expect(outside.received).toHaveLength(4);
});

test('a lane that missed the hand-over is woken by the journal', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  const offer = vi.spyOn(Lane.prototype, 'offer').mockRejectedValueOnce(new Error('lost on the way'));
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  await send(siteId, event());
  await vi.waitFor(() => expect(offer).toHaveBeenCalledOnce());
  await passTime(journal(siteId), () => outside.received.length > 0);
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ matching: 1, succeeded: 1 });
});

test('410 ends the delivery, disables the integration, and what matches later is skipped and counted', async () => {
  const outside = receiver(() => new Response('', { status: 410 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ failed: 1 });
  await passTime(lane(id), () => true);
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(lane(id));
    const { body } = await admin<{ enabled: boolean; disabled_reason: string }>(
      'GET',
      `/v1/sites/${siteId}/integrations/${id}`,
    );
    expect(body).toMatchObject({ enabled: false, disabled_reason: expect.stringContaining('410') });
  });
  await send(siteId, event(), event());
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ matching: 3, failed: 1, skipped: 2 });
  expect(outside.received).toHaveLength(1);
});

test('a lane that gave up keeps to it, and to the reason, whatever else of the site is changed meanwhile', async () => {
  const outside = receiver(() => new Response('', { status: 410 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  await send(siteId, event());
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ failed: 1 });
  // Before the Directory is told.
  expect((await admin('PATCH', `/v1/sites/${siteId}`, { site_name: 'Another name' })).status).toBe(200);
  await send(siteId, event());
  expect(row(await settled(siteId), 'SignUpSuccess')).toMatchObject({ failed: 1, skipped: 1 });
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(lane(id));
    const path = `/v1/sites/${siteId}/integrations/${id}`;
    const { body } = await admin<{ enabled: boolean; disabled_reason: string }>('GET', path);
    expect(body).toMatchObject({ enabled: false, disabled_reason: expect.stringContaining('410') });
  });
  expect(outside.received).toHaveLength(1);
});

test('where a visitor came from stays with the session; which page it was, with the event', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId, { triggers: ['SiteViewed', 'SignUpSuccess'] });
  const landing = { page_url: 'https://shop.example.com/', page_title: 'Shop', referrer: 'https://search.example/' };
  await send(siteId, event({ event: 'SiteViewed', fields: undefined, attributes: landing }));
  await send(siteId, event({ attributes: { page_url: 'https://shop.example.com/join' } }));
  await settled(siteId);
  const signUp = outside.received.map(({ body }) => body).find((body) => body.event === 'SignUpSuccess');
  expect(signUp).toMatchObject({ page_url: 'https://shop.example.com/join', referrer: 'https://search.example/' });
  expect(signUp).not.toHaveProperty('page_title');
});

test('what is kept of a person has a bound, so that no visitor makes each later event a megabyte', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  for (let i = 0; i < 6; i++) {
    const attributes = Object.fromEntries(Array.from({ length: 12 }, (_, k) => [`k${i}-${k}`, 'x'.repeat(4_096)]));
    await send(siteId, event({ attributes }));
  }
  await send(siteId, event({ attributes: { last: 'word' } }));
  await settled(siteId);
  const { text, body } = outside.received.at(-1) as Received;
  expect(text.length).toBeLessThan(64 * (64 + 4_096) + 10_000);
  expect(body).toMatchObject({ last: 'word', 'k5-11': 'x'.repeat(4_096) });
  expect(body).not.toHaveProperty('k0-0');
});

test('a profile carries its attributes across sessions; without one they are the session’s', async () => {
  const outside = receiver();
  const { siteId } = await makeSite();
  await integrate(siteId);
  const [joe, one, two] = [
    'bbbbbbbb-0000-4000-8000-000000000001',
    'aaaaaaaa-0000-4000-8000-00000000000a',
    'aaaaaaaa-0000-4000-8000-00000000000b',
  ];
  await send(
    siteId,
    event({ user_session_id: one, attributes: { plan: 'gold', page_url: 'https://shop.example.com/a' } }),
  );
  await send(siteId, event({ user_session_id: one, user_profile_id: joe, attributes: { seats: '3' } }));
  await send(siteId, event({ user_session_id: two, user_profile_id: joe, attributes: { seats: null } }));
  await send(siteId, event({ user_session_id: two }));
  await settled(siteId);
  const captured = outside.received.map(({ body }) => ({ plan: body.plan, seats: body.seats, page: body.page_url }));
  expect(captured).toEqual([
    { plan: 'gold', page: 'https://shop.example.com/a' },
    { plan: 'gold', seats: '3' },
    { plan: 'gold' },
    {},
  ]);
});
