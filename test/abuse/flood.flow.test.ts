// Floods through the launcher and its own limiter: at one site, from addresses that are only claimed, against the other
// sites; and for sites that were made up. How many windows a flood lasts depends on the machine: bounds are counted in
// windows. What the limit is by default is test/local/settings; one address against others, test/worker/collect.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { booksOf, makeSite, newSignUp } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';

const PER_10_S = 20;
const FLOOD = 300;

let hub: Launched;
beforeAll(async () => {
  hub = await launch({ env: { DEMO: 'false', RATE_LIMIT_PER_10S: String(PER_10_S) } });
});
afterAll(() => hub.stop());

const send = (siteId: string, address?: string) =>
  fetch(`${hub.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain', ...(address && { 'cf-connecting-ip': address }) },
    body: JSON.stringify({ site_id: siteId, sent_at: new Date().toISOString(), events: [newSignUp()] }),
  });

/** Many at once, from as many senders as a flood has; gives how often each status came. */
async function flood(one: (n: number) => Promise<Response>): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {};
  let n = 0;
  const sender = async () => {
    while (n < FLOOD) {
      const response = await one(n++);
      await response.arrayBuffer();
      statuses[response.status] = (statuses[response.status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: 16 }, sender));
  return statuses;
}

test('a flood at one site is told to wait, whatever addresses it claims, while the other sites are taken', async () => {
  const [siteId, other] = [await makeSite(hub), await makeSite(hub)];
  const others: number[] = [];
  // Known to the edge: what is not shares a limit with sites that were made up.
  for (const site of [siteId, other]) expect((await send(site)).status).toBe(202);
  const begun = performance.now();
  const statuses = await flood(async (n) => {
    if (n % 50 === 0) others.push((await send(other)).status);
    return send(siteId, n % 2 ? `192.0.${n >> 8}.${n & 255}` : `2001:db8:${n.toString(16)}::1`);
  });
  const windows = Math.ceil((performance.now() - begun) / 10_000) + 1;
  const { 202: taken = 0, 429: refused = 0 } = statuses;
  expect(taken + refused).toBe(FLOOD);
  expect(taken + 1).toBeGreaterThanOrEqual(PER_10_S);
  expect(taken).toBeLessThanOrEqual(PER_10_S * windows);
  expect(new Set(others)).toEqual(new Set([202]));
  const last = await send(siteId);
  if (last.status === 429) expect(last.headers.get('retry-after')).toBe('10');
  const { events, balanced } = await booksOf(hub, siteId);
  expect([balanced, events.SignUpSuccess]).toEqual([true, 1 + taken + Number(last.status === 202)]);
});

test('a flood for made-up sites does not get past one client’s share, and the sites that are known are served', async () => {
  const siteId = await makeSite(hub);
  let served = Number((await send(siteId)).status === 202);
  const begun = performance.now();
  const statuses = await flood(async (n) => {
    if (n % 50 === 0) served += Number((await send(siteId)).status === 202);
    return send(crypto.randomUUID(), `192.0.${n >> 8}.${n & 255}`);
  });
  const windows = Math.ceil((performance.now() - begun) / 10_000) + 1;
  const { 404: asked = 0, 429: refused = 0 } = statuses;
  expect(asked + refused).toBe(FLOOD);
  expect(asked).toBeLessThanOrEqual(PER_10_S * windows);
  expect(served).toBe(1 + FLOOD / 50);
});
