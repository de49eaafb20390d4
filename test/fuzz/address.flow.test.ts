import fc from 'fast-check';
import { afterAll, beforeAll, expect } from 'vitest';
import { admin, makeSite } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { signIn } from '../support/session.ts';
import { holds } from './holds.ts';

type Link = { link_id: string; site_id: string };
type Links = { data: Link[]; next: string | null };

let hub: Launched;
let cookie: string;
const sites: { siteId: string; cursor: string }[] = [];

beforeAll(async () => {
  hub = await launch({ env: { DEMO: 'false' } });
  cookie = await signIn(hub);
  for (let n = 0; n < 2; n++) {
    const siteId = await makeSite(hub);
    for (let i = 0; i < 3; i++) await admin<Link>(hub, 'POST', `/v1/sites/${siteId}/view-links`, { name: `Ann ${i}` });
    const { next } = await admin<Links>(hub, 'GET', `/v1/sites/${siteId}/view-links?limit=1`);
    sites.push({ siteId, cursor: next ?? '' });
  }
});
afterAll(() => hub.stop());

const open = (path: string, method = 'GET') =>
  fetch(hub.url + path, {
    method,
    redirect: 'manual',
    headers: { cookie, authorization: `Bearer ${hub.adminToken}`, 'sec-fetch-site': 'same-origin' },
  });

const part = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constant(null).map(() => sites[0]?.siteId ?? ''),
  fc.uuid(),
  fc.constantFrom(
    'new',
    'replay',
    '%E0%A4%A',
    '%ff',
    '%2e%2e',
    '%2F',
    '%00',
    '__proto__',
    'x'.repeat(600),
    '%F0%9F%A6%84',
  ),
);
const pages = [
  'deliveries',
  'integrations',
  'settings',
  'setup',
  'stats.csv',
  'books',
  'books.csv',
  'outcomes',
  'people',
];
const address = fc
  .tuple(
    fc.constantFrom('/dashboard/sites', '/v1/sites', '/dashboard', '/dashboard/assets', '/.well-known/hubwire', ''),
    fc.option(part),
    fc.option(fc.constantFrom(...pages)),
    fc.option(part),
    fc.option(part),
    fc.option(
      fc.tuple(fc.constantFrom('done', 'show', 'code', 'link', 'to'), part).map(([name, it]) => `?${name}=${it}`),
    ),
  )
  .map(([head, ...parts]) => [head, ...parts.filter((it) => it !== null)].join('/').replace('/?', '?'));

holds(
  'no address is a 5xx, whatever its parts are, for whoever may see everything',
  200,
  fc.asyncProperty(
    address,
    fc.constantFrom('GET', 'GET', 'POST', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
    async (path, method) => {
      // The property must not delete what the other one reads.
      const response = await open(path, method === 'DELETE' && path.includes(sites[0]?.siteId ?? '') ? 'GET' : method);
      await response.arrayBuffer();
      expect(response.status).toBeLessThan(500);
    },
  ),
);

holds(
  'a cursor of view-only links that was tampered with shows no link of another site',
  60,
  fc.asyncProperty(
    fc.constantFrom(0, 1),
    fc.constantFrom(0, 1),
    fc.nat(60),
    fc.string({ unit: 'binary', maxLength: 3 }),
    async (ours, whose, at, by) => {
      const [{ siteId } = { siteId: '' }, { cursor } = { cursor: '' }] = [sites[ours], sites[whose]];
      const changed = cursor.slice(0, at) + by.toWellFormed() + cursor.slice(at + 1);
      const response = await open(`/v1/sites/${siteId}/view-links?cursor=${encodeURIComponent(changed)}`);
      expect([200, 422]).toContain(response.status);
      const { data = [] } = (await response.json()) as Partial<Links>;
      expect(data.filter((link) => link.site_id !== siteId)).toEqual([]);
    },
  ),
);
