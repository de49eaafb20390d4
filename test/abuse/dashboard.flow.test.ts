// The dashboard over HTTP in the hands of somebody who should not have it: a view-only link, another site's ids, forms
// that another site sent, cookies and addresses that were tampered with, bodies that are no form.
// What a browser shows is markup.flow; the admin token's guessing is guessing.workerd.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORM_BYTES_MAX } from '../../worker/limits.ts';
import { admin, booksOf, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { cookieOf, sendForm, signIn } from '../support/session.ts';
import { until } from '../support/until.ts';
import { formsOf, pagesOf, type Shop } from './places.ts';

const receiver = new Receiver();
let hub: Launched;
let own: Shop;
let other: Shop;
/** The cookies of the owner, and of somebody with a view-only link to `own`. */
let owner: string;
let viewer: string;

async function makeShop(name: string): Promise<Shop> {
  const siteId = await makeSite(hub);
  await admin(hub, 'PATCH', `/v1/sites/${siteId}`, { site_name: name });
  const { integration_id: tool } = await integrate(hub, siteId, receiver.url, { name: `Tool of ${name}` });
  const it = newSignUp();
  await post(hub.url, siteId, [it]);
  await until('the webhook', () => receiver.ids.has(it.id));
  const { link_id } = await admin<{ link_id: string }>(hub, 'POST', `/v1/sites/${siteId}/view-links`, { name: 'Ann' });
  return { siteId, tool, event: it.id, link: link_id, name };
}

beforeAll(async () => {
  await receiver.start();
  hub = await launch({ env: { DEMO: 'false' } });
  own = await makeShop('Own shop');
  other = await makeShop('Another shop');
  owner = await signIn(hub);
  const { path } = await admin<{ path: string }>(hub, 'POST', `/v1/sites/${own.siteId}/view-links`, { name: 'Eve' });
  viewer = cookieOf(await fetch(hub.url + path));
});
afterAll(async () => {
  await hub.stop();
  await receiver.stop();
});

const get = (path: string, cookie: string) =>
  fetch(`${hub.url}/dashboard${path}`, { redirect: 'manual', headers: { cookie } });
const tokenOf = async (cookie: string, path: string) =>
  /name="token" value="([^"]+)"/.exec(await (await get(path, cookie)).text())?.[1] ?? '';

/** All that may be told of the other shop. */
const leaks = (text: string, asked: string) =>
  [other.siteId, other.tool, other.event, other.link, other.name].filter(
    (it) => text.includes(it) && !asked.includes(it),
  );
const stateOf = async ({ siteId }: Shop) =>
  JSON.stringify(
    await Promise.all(
      ['', '/integrations', '/view-links'].map((list) => admin(hub, 'GET', `/v1/sites/${siteId}${list}`)),
    ),
  );

describe('with a view-only link', () => {
  test('no page of another site is shown, and none of one’s own with its ids', async () => {
    for (const path of [...pagesOf(other.siteId, other), ...pagesOf(other.siteId, own), '/sites', '/sites/new']) {
      const response = await get(path, viewer);
      expect([path, response.status, leaks(await response.text(), path)]).toEqual([path, 403, []]);
    }
    for (const path of pagesOf(own.siteId, other)) {
      const response = await get(path, viewer);
      expect([path, leaks(await response.text(), path)]).toEqual([path, []]);
      expect([200, 403, 404]).toContain(response.status);
    }
    expect((await get(`/sites/${own.siteId}/deliveries/${other.event}/${other.tool}`, viewer)).status).toBe(404);
    expect((await get(`/sites/${own.siteId}/deliveries/${own.event}/${own.tool}`, viewer)).status).toBe(200);
  });

  test('no spelling of an address leads elsewhere', async () => {
    const tricks = [
      `/sites/${own.siteId}/../${other.siteId}`,
      `/sites/${own.siteId}/%2e%2e/${other.siteId}/books`,
      `/sites/${own.siteId}%2f..%2f${other.siteId}`,
      `/sites/${own.siteId}/..%2f${other.siteId}/books`,
      `/sites/${own.siteId}%00/settings`,
      `/sites/${own.siteId}//settings`,
      `/sites/${own.siteId.toUpperCase()}/settings`,
      `/sites/${other.siteId.toUpperCase()}`,
      `//sites/${other.siteId}`,
    ];
    const address = new URL(hub.url);
    for (const path of tricks) {
      // By hand: fetch would tidy the address up before it is sent.
      const socket = connect(Number(address.port), address.hostname);
      socket.write(
        `GET /dashboard${path} HTTP/1.1\r\nhost: ${address.host}\r\ncookie: ${viewer}\r\nconnection: close\r\n\r\n`,
      );
      let text = '';
      for await (const chunk of socket) text += chunk;
      expect([path, text.slice(9, 12), leaks(text, path)]).toEqual([path, expect.stringMatching(/^40[34]$/), []]);
    }
  });

  test('no form changes anything, on either site, with the link’s own token', async () => {
    const token = await tokenOf(viewer, `/sites/${own.siteId}`);
    expect(token).not.toBe('');
    const before = [await stateOf(own), await stateOf(other)];
    const hooks = receiver.hooks.length;
    for (const path of [...formsOf(own.siteId, own), ...formsOf(other.siteId, other), '/sites/new'])
      expect([path, (await sendForm(`${hub.url}/dashboard${path}`, { token, name: 'x' }, viewer)).status]).toEqual([
        path,
        403,
      ]);
    expect([await stateOf(own), await stateOf(other)]).toEqual(before);
    expect(receiver.hooks).toHaveLength(hooks);
  });

  test('the admin API is not open, and a cookie that was tampered with opens nothing', async () => {
    const api = await fetch(`${hub.url}/v1/sites/${own.siteId}`, { headers: { cookie: viewer } });
    expect(api.status).toBe(401);
    const [text = '', signature] = viewer.replace('hubwire_view=', '').split('.');
    const session = JSON.parse(Buffer.from(text, 'base64url').toString());
    for (const who of [{ role: 'admin' }, { ...session.who, site_id: other.siteId }]) {
      const forged = Buffer.from(JSON.stringify({ ...session, who })).toString('base64url');
      for (const cookie of [
        `${forged}.${signature}`,
        `${forged}.`,
        forged,
        `${text}.${signature}.${forged}`,
        '.',
        'x'.repeat(5_000),
      ])
        expect((await get(`/sites/${other.siteId}`, `hubwire_view=${cookie}`)).status).toBeOneOf([303, 403]);
    }
  });
});

/** How a browser says that a form came from elsewhere, or from a frame without an origin. */
const STRANGE: Record<string, string>[] = [
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': '', origin: 'null' },
];

describe('the owner’s browser, led by another site', () => {
  test('sends no form that is taken, with the right cookie and even the right token', async () => {
    const token = await tokenOf(owner, `/sites/${own.siteId}/settings`);
    const before = await stateOf(own);
    for (const path of [...formsOf(own.siteId, own), '/sites/new'])
      for (const headers of STRANGE) {
        const response = await sendForm(`${hub.url}/dashboard${path}`, { token, name: 'x' }, owner, headers);
        expect([path, response.status]).toEqual([path, 403]);
      }
    for (const path of [...formsOf(own.siteId, own), '/sites/new'])
      expect([path, (await sendForm(`${hub.url}/dashboard${path}`, { token: 'guessed' }, owner)).status]).toEqual([
        path,
        403,
      ]);
    expect(await stateOf(own)).toBe(before);
  });

  test('changes nothing of one site by the ids of another, not even as admin', async () => {
    const token = await tokenOf(owner, `/sites/${own.siteId}/settings`);
    const before = await stateOf(other);
    const hooks = receiver.hooks.length;
    const crossed = `/sites/${own.siteId}/deliveries/${own.event}/${other.tool}`;
    expect((await get(crossed, owner)).status).toBe(404);
    expect((await sendForm(`${hub.url}/dashboard${crossed}/replay`, { token }, owner)).status).toBe(404);
    const bulk = { token, integration_id: other.tool, within: '30d' };
    await sendForm(`${hub.url}/dashboard/sites/${own.siteId}/deliveries/replay`, bulk, owner);
    for (const path of formsOf(own.siteId, other).filter((it) => it.includes(other.tool) || it.includes(other.link)))
      expect([path, (await sendForm(`${hub.url}/dashboard${path}`, { token }, owner)).status]).toEqual([path, 404]);
    expect(await stateOf(other)).toBe(before);
    expect(await booksOf(hub, other.siteId)).toMatchObject({
      integrations: [{ triggers: [{ succeeded: 1, pending: 0 }] }],
    });
    expect(receiver.hooks.length - hooks).toBe(0);
  });
});

describe('a form', () => {
  const to = async (target: string) => {
    const response = await sendForm(`${hub.url}/dashboard/sign-in`, { token: hub.adminToken, to: target });
    return [response.status, response.headers.get('location')];
  };

  test.each([
    ['/dashboard/sites/x?range=7d', '/dashboard/sites/x?range=7d'],
    ['/dashboard?a=\r\nset-cookie: a=b', '/dashboard?a=set-cookie:%20a=b'],
    ['/dashboard/\t/x', '/dashboard//x'],
    ['/dashboard/../v1/sites', '/dashboard'],
    ['/dashboard\\@evil.example', '/dashboard/@evil.example'],
    ['//evil.example/dashboard', '/dashboard'],
    ['https://evil.example/dashboard', '/dashboard'],
    ['javascript:alert(1)', '/dashboard'],
    ['/dashboardevil', '/dashboard'],
    ['/dashboard/sign-out', '/dashboard'],
    ['/dashboard?é\0😀', '/dashboard?%C3%A9%00%F0%9F%98%80'],
  ])('that asks to go on to %j leads to a page of ours, and ends no header', async (target, location) => {
    expect(await to(target)).toEqual([303, location]);
  });

  test('that is larger than the dashboard takes is refused in words, before any of it is read', async () => {
    const long = { token: hub.adminToken, to: 'x'.repeat(FORM_BYTES_MAX) };
    const response = await sendForm(`${hub.url}/dashboard/sign-in`, long);
    expect([response.status, response.headers.get('set-cookie')]).toEqual([422, null]);
    expect(await response.text()).toContain('This form is too large');
  });

  test.each([
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded; charset=utf-16',
  ])('that is none, as %s, is refused in words and is no failure of ours', async (type) => {
    for (const path of ['/sign-in', `/sites/${own.siteId}/settings`]) {
      const response = await fetch(`${hub.url}/dashboard${path}`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin', 'content-type': type, cookie: owner },
        body: '--x\r\ncontent-disposition: nonsense',
      });
      expect([path, response.status]).toEqual([path, 422]);
      expect(await response.text()).toContain('can&#39;t be read');
    }
  });
});
