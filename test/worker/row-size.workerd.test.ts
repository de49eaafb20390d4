// A row of SQLite in a Durable Object holds 2 MB; the local runtime does not say so, production would.
import { expect, test, vi } from 'vitest';
import type { DeliveryDetail, DeliverySummary } from '../../worker/delivery.ts';
import { admin, event, integrate, lane, makeSite, receiver, send, settled } from '../support/collector.workerd.ts';
import { rowsOf } from '../support/rows.workerd.ts';
import { startEmpty } from '../support/time.workerd.ts';

startEmpty();

test('sixty large events that are skipped at once fill rows of less than 2 MB each', async () => {
  const held = Promise.withResolvers<void>();
  const outside = receiver(async () => {
    await held.promise;
    return new Response('', { status: 500 });
  });
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId);
  const fields = Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`f${i}`, 'é'.repeat(2_000)]));
  for (let i = 0; i < 60; i++) await send(siteId, event({ fields }));
  await vi.waitFor(() => expect(outside.received).toHaveLength(6));
  expect((await admin('PATCH', `/v1/sites/${siteId}/integrations/${id}`, { enabled: false })).status).toBe(200);
  held.resolve();
  expect((await settled(siteId)).integrations[0]?.triggers[0]).toMatchObject({ matching: 60, skipped: 60 });
  const rows = await rowsOf<{ bytes: number }>(lane(id), 'SELECT octet_length(settled) AS bytes FROM log');
  expect(rows.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(3_000_000);
  expect(Math.max(...rows.map(({ bytes }) => bytes))).toBeLessThan(2_000_000);
});

test('a delivery that is sent again and again keeps its newest attempts, and the count of all', async () => {
  const attempts = 30;
  const outside = receiver(() => new Response('\u0001'.repeat(4_096), { status: 500 }));
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { schedule_seconds: [] });
  const signUp = event();
  await send(siteId, signUp);
  const at = `/v1/sites/${siteId}/deliveries`;
  for (let i = 1; i < attempts; i++) {
    await settled(siteId);
    expect((await admin('POST', `${at}/${signUp.id}/${id}/replay`)).status).toBe(200);
    await vi.waitFor(() => expect(outside.received).toHaveLength(i + 1));
  }
  await settled(siteId);
  expect(outside.received.at(-1)?.headers.get('hubwire-attempt')).toBe(String(attempts));
  const { data } = (await admin<{ data: DeliverySummary[] }>('GET', at)).body;
  expect(data).toMatchObject([{ attempts, status: 'failed' }]);
  const { body } = await admin<DeliveryDetail>('GET', `${at}/${signUp.id}/${id}`);
  expect(body.attempts.length + body.attempts_dropped).toBe(attempts);
  expect(body.attempts.at(-1)?.response_body).toHaveLength(4_096);
  const rows = await rowsOf<{ bytes: number }>(lane(id), 'SELECT octet_length(settled) AS bytes FROM log');
  expect(Math.max(...rows.map(({ bytes }) => bytes))).toBeLessThan(200_000);
});
