import { reset } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { sealSession } from '../../worker/dashboard/session.ts';
import { admin, event, integrate, lane, makeSite, receiver, send, settled } from '../support/collector.workerd.ts';
import { pass } from '../support/rows.workerd.ts';
import { NOON } from '../support/time.workerd.ts';
import { holds } from './holds.ts';

type List = { data: object[]; next: string | null };
type Shop = { siteId: string; own: Set<string>; cursors: Record<string, string[]> };

const LISTS = ['deliveries', 'outcomes', 'integrations'];
const shops: Shop[] = [];
const list = (path: string) => admin<List & { error?: unknown }>('GET', path);

async function makeShop(): Promise<Shop> {
  const { siteId } = await makeSite({ shards: 2 });
  const own = new Set([siteId]);
  const tools = [await integrate(siteId), await integrate(siteId), await integrate(siteId)];
  for (const { id } of tools) own.add(id);
  for (let i = 0; i < 3; i++) {
    const it = event({ user_session_id: crypto.randomUUID() });
    own.add(it.id);
    await send(siteId, it);
    vi.setSystemTime(Date.now() + 1_000);
  }
  await settled(siteId);
  for (const { id } of tools) for (const shard of [0, 1]) await pass(lane(id, shard), 20_000);
  return { siteId, own, cursors: {} };
}

/** Every cursor that the list gives out, on the way to its end. */
async function cursorsOf(path: string): Promise<string[]> {
  const cursors: string[] = [];
  for (let next: string | null = ''; next !== null; ) {
    const { status, body }: Awaited<ReturnType<typeof list>> = await list(
      `${path}?limit=1${next && `&cursor=${encodeURIComponent(next)}`}`,
    );
    expect([status, body.data.length > 0 || next !== '']).toEqual([200, true]);
    next = body.next;
    if (next !== null) cursors.push(next);
  }
  return cursors;
}

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  receiver();
  shops.push(await makeShop(), await makeShop());
  for (const shop of shops)
    for (const name of LISTS) {
      shop.cursors[name] = await cursorsOf(`/v1/sites/${shop.siteId}/${name}`);
      expect(shop.cursors[name]?.length, name).toBeGreaterThan(1);
    }
});
afterAll(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await reset();
});

const tampered = (cursor: string) =>
  fc.oneof(
    fc.constant(cursor),
    fc.tuple(fc.nat(cursor.length), fc.string({ maxLength: 4 })).map(([at, by]) => cursor.slice(0, at) + by),
    fc
      .tuple(fc.nat(cursor.length - 1), fc.constantFrom('0', '9', '-', '.', 'e', ':', '%', '\0', '٣'))
      .map(([at, by]) => cursor.slice(0, at) + by + cursor.slice(at + 1)),
    fc.constantFrom('9', '0', '-1', '1e99', '9'.repeat(16)).map((by) => cursor.replace(/\d+/, by)),
    fc.constantFrom('9', '0', '999').map((by) => cursor.replace(/\d+(?=\D*$)/, by)),
  );
/** Made anew for each run: the cursors are known once the shops are. */
const asked = fc
  .tuple(fc.constantFrom(...LISTS), fc.constantFrom(0, 1), fc.constantFrom(0, 1))
  .chain(([name, ours, whose]) =>
    fc.record({
      name: fc.constant(name),
      ours: fc.constant(ours),
      cursor: fc.oneof(
        fc.nat().chain((n) => {
          const given = shops[whose]?.cursors[name] ?? [];
          return tampered(given[n % given.length] ?? '');
        }),
        fc.string({ unit: 'binary', maxLength: 210 }),
      ),
      limit: fc.constantFrom('1', '2', '200', '0', '-1', '1.5', 'NaN', '', '1e2'),
    }),
  );

const open = (path: string) =>
  exports.default.fetch(`https://hub.test${path}`, {
    headers: {
      cookie: `hubwire_session=${sealSession({ who: { role: 'admin' }, until: NOON * 2 }, 'test-token')}`,
    },
  });

/** What a row names, whatever list it is of. */
const idsOf = (row: object) =>
  Object.entries(row).flatMap(([key, value]) => (/^(site|integration|event)_id$/.test(key) ? [value] : []));

holds(
  'a cursor of the API that was tampered with, or is another site’s, never shows a strange row and is never a 5xx',
  150,
  fc.asyncProperty(asked, async ({ name, ours, cursor, limit }) => {
    const { siteId, own } = shops[ours] as Shop;
    const query = new URLSearchParams({ limit, cursor });
    const { status, body } = await list(`/v1/sites/${siteId}/${name}?${query}`);
    if (status !== 200) {
      expect([status, body]).toMatchObject([422, { error: { code: 'invalid', issues: expect.any(Array) } }]);
      return;
    }
    for (const row of body.data) for (const id of idsOf(row)) expect(own).toContain(id);
  }),
);

holds(
  'a page of the dashboard shows its own site’s rows alone, whatever its address asks for',
  30,
  fc.asyncProperty(
    asked,
    fc.constantFrom('/deliveries', '/deliveries.csv', '/stats.csv', '/books.csv', '/books', ''),
    fc.constantFrom('range', 'status', 'event', 'within', 'search', 'integration_id'),
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('constructor', '__proto__', '24h', '7d', 'failed')),
    async ({ ours, cursor }, page, filter, value) => {
      const { siteId } = shops[ours] as Shop;
      const query = new URLSearchParams({ cursor, [filter]: value });
      const response = await open(`/dashboard/sites/${siteId}${page}?${query}`);
      const text = await response.text();
      expect(response.status).toBe(200);
      const strange = [...(shops[1 - ours]?.own ?? [])].filter(
        (id) => text.includes(id) && !query.toString().includes(id),
      );
      expect(strange).toEqual([]);
    },
  ),
);
