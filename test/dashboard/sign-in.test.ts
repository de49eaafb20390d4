import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SIGN_IN_FAILURES_MAX } from '../../worker/limits.ts';
import { admin, makeSite } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { cookieOf, sendForm, signIn } from '../support/session.ts';

let opened: Opened;
let siteId: string;
let otherSiteId: string;
beforeAll(async () => {
  opened = await openDashboard();
  siteId = await makeSite(opened.hub);
  otherSiteId = await makeSite(opened.hub);
});
afterAll(() => opened.close());

const get = (path: string, cookie = '') =>
  fetch(opened.hub.url + path, { redirect: 'manual', headers: cookie ? { cookie } : {} });

const send = (path: string, fields: Record<string, string>, cookie = '', more: Record<string, string> = {}) =>
  sendForm(opened.hub.url + path, fields, cookie, more);
const adminCookie = () => signIn(opened.hub);
/** What a form carries unseen. */
const hiddenOn = async (path: string, cookie: string, name = 'token') =>
  new RegExp(`name="${name}" value="([^"]+)"`)
    .exec(await (await get(path, cookie)).text())?.[1]
    ?.replaceAll('&quot;', '"') ?? '';
const viewLink = (site = siteId) =>
  admin<{ path: string; link_id: string }>(opened.hub, 'POST', `/v1/sites/${site}/view-links`, { name: 'Ann' });

describe('the way in', () => {
  test('is by the admin token, and leads where one was going', async () => {
    await opened.go(`/dashboard/sites/${siteId}/books`);
    expect(new URL(opened.page.url()).pathname).toBe('/dashboard/sign-in');
    await opened.fill({ '#token': opened.hub.adminToken });
    await opened.press('Sign in');
    expect(new URL(opened.page.url()).pathname).toBe(`/dashboard/sites/${siteId}/books`);
    await opened.press('Sign out');
    expect(new URL(opened.page.url()).pathname).toBe('/dashboard/sign-in');
  });

  test('is asked for also by who goes back after signing out: no page stays in the browser', async () => {
    await opened.signIn();
    await opened.go(`/dashboard/sites/${siteId}/deliveries`);
    await opened.press('Sign out');
    await opened.page.goBack();
    expect(new URL(opened.page.url()).pathname).toBe('/dashboard/sign-in');
  });

  test('is at the very address that npm start prints', async () => {
    const { status, headers } = await get('/');
    expect([status, headers.get('location')]).toEqual([303, '/dashboard']);
  });

  test('asks, where a link has signed in, for the icon that every page has and for no other', async () => {
    const page = await (await get((await viewLink()).path)).text();
    expect(page).toContain('You are signed in');
    expect(page).toMatch(/<link rel="icon"[^>]* href="\/dashboard\/assets\/icon\.svg"/);
  });

  test('leads to no other host', async () => {
    const to = await send('/dashboard/sign-in', { token: opened.hub.adminToken, to: 'https://evil.example/dashboard' });
    expect(to.headers.get('location')).toBe('/dashboard');
    const slashes = await send('/dashboard/sign-in', { token: opened.hub.adminToken, to: '//evil.example' });
    expect(slashes.headers.get('location')).toBe('/dashboard');
  });

  test('says what a wrong token is', async () => {
    await opened.go('/dashboard/sign-in');
    await opened.fill({ '#token': 'guessed' });
    await opened.press('Sign in');
    expect(await opened.text('[role=alert]')).toContain('This is not the admin token');
  });

  test('is, with the link that npm start prints, open once', async () => {
    const path = /(\/dashboard\/sign-in\?code=\S+)/.exec(opened.hub.output)?.[1] ?? '';
    await opened.go(path);
    await opened.page.waitForFunction(`location.pathname.startsWith('/dashboard/sites')`);
    expect(await opened.text('h1')).toBe('Sites');
    const again = await get(path);
    expect(again.status).toBe(401);
    expect(await again.text()).toContain('used already');
  });

  test('sets a cookie that scripts cannot read and other sites cannot send', async () => {
    const response = await send('/dashboard/sign-in', { token: opened.hub.adminToken });
    expect(response.headers.get('set-cookie')).toMatch(/HttpOnly.*SameSite=Strict/);
    expect(response.headers.get('set-cookie')).not.toContain(opened.hub.adminToken);
  });
});

describe('a view-only link', () => {
  test('shows its site, without a secret or a change, and nothing else', async () => {
    const cookie = cookieOf(await get((await viewLink()).path));
    const statuses: Record<string, number> = {};
    for (const path of [
      '',
      '/deliveries',
      '/books',
      '/stats.csv',
      '/integrations',
      '/integrations/new',
      '/setup',
      '/settings',
      '/deliveries/replay',
    ])
      statuses[path] = (await get(`/dashboard/sites/${siteId}${path}`, cookie)).status;
    expect(statuses).toEqual({
      '': 200,
      '/deliveries': 200,
      '/books': 200,
      '/stats.csv': 200,
      '/integrations': 403,
      '/integrations/new': 403,
      '/setup': 403,
      '/settings': 403,
      '/deliveries/replay': 403,
    });
    expect((await get(`/dashboard/sites/${otherSiteId}`, cookie)).status).toBe(403);
    expect((await get('/dashboard/sites', cookie)).status).toBe(403);
    const token = await hiddenOn(`/dashboard/sites/${siteId}`, cookie);
    expect((await send(`/dashboard/sites/${siteId}/settings`, { token, site_name: 'Mine' }, cookie)).status).toBe(403);
  });

  test('ends for whoever came in by it the moment it is revoked', async () => {
    const { path, link_id } = await viewLink();
    const cookie = cookieOf(await get(path));
    expect((await get(`/dashboard/sites/${siteId}`, cookie)).status).toBe(200);
    await admin(opened.hub, 'DELETE', `/v1/sites/${siteId}/view-links/${link_id}`);
    expect((await get(`/dashboard/sites/${siteId}`, cookie)).headers.get('location')).toContain('/dashboard/sign-in');
    expect((await get(path)).status).toBe(401);
  });

  test('is listed with the others by pages, newest first, each once', async () => {
    const site = await makeSite(opened.hub);
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await viewLink(site)).link_id);
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: { data: { link_id: string }[]; next: string | null } = await admin(
        opened.hub,
        'GET',
        `/v1/sites/${site}/view-links?limit=2${next && `&cursor=${next}`}`,
      );
      seen.push(...page.data.map(({ link_id }) => link_id));
      next = page.next;
    }
    expect(seen.toSorted()).toEqual(made.toSorted());
    // Two of one millisecond may stand in either order.
    expect([seen[0], seen.at(-1)]).toEqual([made[0], made.at(-1)]);
  });

  test('does not make a viewer of an admin who follows it, also where the browser leaves the admin’s cookie out', async () => {
    await opened.signIn();
    const mail = await opened.browser.newPage();
    await mail.goto(`data:text/html,<a href="${opened.hub.url}${(await viewLink()).path}">The figures</a>`);
    await Promise.all([mail.waitForNavigation(), mail.click('a')]);
    await mail.waitForFunction(`location.pathname.startsWith('/dashboard/sites/')`);
    await mail.close();
    await opened.go('/dashboard/sites');
    expect(await opened.text('h1')).toBe('Sites');
    await opened.press('Sign out');
    await opened.go(`/dashboard/sites/${siteId}`);
    expect(new URL(opened.page.url()).pathname).toBe('/dashboard/sign-in');
  });

  test('goes with its site, and does not open one that is made again with the same id', async () => {
    const gone = await makeSite(opened.hub);
    const { path } = await viewLink(gone);
    await admin(opened.hub, 'DELETE', `/v1/sites/${gone}`);
    await admin(opened.hub, 'POST', '/v1/sites', { site_id: gone, site_name: 'Again', origins: ['*'] });
    expect((await get(path)).status).toBe(401);
  });
});

describe('a form', () => {
  test('of another site is refused, whatever it knows', async () => {
    const cookie = await adminCookie();
    const path = `/dashboard/sites/${siteId}/settings`;
    const fields = {
      token: await hiddenOn(path, cookie),
      version: await hiddenOn(path, cookie, 'version'),
      site_name: 'Taken',
      origins: '*',
      retention_days: '30',
      shards: '1',
    };
    const origins: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': '', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of origins) expect((await send(path, fields, cookie, headers)).status).toBe(403);
    expect((await send(path, { ...fields, token: 'guessed' }, cookie)).status).toBe(403);
    expect((await send(path, fields, cookie)).status).toBe(303);
  });
});

test('every page forbids frames, inline script and other hosts', async () => {
  const policy = (await get('/dashboard/sign-in')).headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('guessing ends after a few attempts, for a while, and is told so', async () => {
  let last = new Response();
  for (let i = 0; i <= SIGN_IN_FAILURES_MAX; i++) last = await send('/dashboard/sign-in', { token: `guess ${i}` });
  expect(last.status).toBe(429);
  expect(await last.text()).toContain('Wait 15 minutes');
  expect((await send('/dashboard/sign-in', { token: opened.hub.adminToken })).status).toBe(429);
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
