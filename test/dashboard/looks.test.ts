import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, integrate, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { fails, Receiver } from '../support/receiver.ts';
import { makeShop, SHOP, shopKv, TOOLS } from '../support/shop.ts';
import { until } from '../support/until.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const EMPTY = '21111111-2222-4333-8444-555555555555';
const BUSY = '31111111-2222-4333-8444-555555555555';
const WIDTHS = { phone: 390, wide: 1440 };

let opened: Opened;
let receiver: Receiver;
let failed: string;
beforeAll(async () => {
  receiver = await new Receiver().start();
  receiver.mood = fails;
  opened = await openDashboard(shopKv(Date.now()));
  const { hub } = opened;
  await makeShop(hub);
  for (const [site_id, site_name] of [
    [EMPTY, 'Empty shop'],
    [BUSY, 'Busy shop'],
  ])
    await admin(hub, 'POST', '/v1/sites', { site_id, site_name, origins: ['*'] });
  const { integration_id } = await integrate(hub, BUSY, receiver.url, { schedule_seconds: [] });
  await integrate(hub, BUSY, receiver.url, { name: 'Zapier', schedule_seconds: [3_600] });
  const event = newSignUp();
  await post(hub.url, BUSY, [event, ...Array.from({ length: 30 }, () => newSignUp())]);
  await until('the deliveries', async () => {
    const list = await admin<{ data: { status: string }[] }>(hub, 'GET', `/v1/sites/${BUSY}/deliveries?limit=200`);
    return list.data.length === 62 && list.data.every(({ status }) => status !== 'pending');
  });
  failed = `/dashboard/sites/${BUSY}/deliveries/${event.id}/${integration_id}`;
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

const PAGES: [string, () => string][] = [
  ['sites', () => '/dashboard/sites'],
  ['adding a site', () => '/dashboard/sites/new'],
  ['an overview', () => `/dashboard/sites/${SHOP}`],
  ['an overview of 30 days', () => `/dashboard/sites/${SHOP}?range=30d`],
  ['an empty overview', () => `/dashboard/sites/${EMPTY}`],
  ['deliveries', () => `/dashboard/sites/${BUSY}/deliveries`],
  ['no deliveries', () => `/dashboard/sites/${EMPTY}/deliveries`],
  ['a delivery', () => failed],
  ['sending again', () => `/dashboard/sites/${BUSY}/deliveries/replay`],
  ['integrations', () => `/dashboard/sites/${SHOP}/integrations`],
  ['no integrations', () => `/dashboard/sites/${EMPTY}/integrations`],
  ['adding an integration', () => `/dashboard/sites/${SHOP}/integrations/new`],
  ['an integration', () => `/dashboard/sites/${SHOP}/integrations/${TOOLS.HubSpot}`],
  ['books', () => `/dashboard/sites/${BUSY}/books`],
  ['the set-up', () => `/dashboard/sites/${EMPTY}/setup`],
  ['the settings', () => `/dashboard/sites/${SHOP}/settings`],
  ['a page that is not there', () => '/dashboard/nowhere'],
  ['the API reference', () => '/docs'],
  ['the sign-in', () => '/dashboard/sign-in'],
];

/** What can be pushed sideways. */
const SIDEWAYS = `[...document.querySelectorAll('main *, .tabs')]
  .filter((it) => getComputedStyle(it).overflowX === 'auto' && it.scrollWidth > it.clientWidth)
  .map((it) => it.outerHTML.slice(0, 200))`;

/** Buttons that lie on the code that they copy, and boxes to tick that are not as large as others. */
const CROOKED = `[
  ...[...document.querySelectorAll('.copy')].filter((button) => {
    const [one, other] = [button, button.parentElement.querySelector('pre')].map((it) => it.getBoundingClientRect());
    return one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  }),
  ...[...document.querySelectorAll('input[type=checkbox]')].filter((box, _, [first]) => box.offsetWidth !== first.offsetWidth),
].map((it) => it.outerHTML)`;

describe.each(['light', 'dark'])('%s', (scheme) => {
  describe.each(Object.entries(WIDTHS))('%s', (_, width) => {
    test.each(PAGES)('%s can be read by everyone and fits', async (_, path) => {
      await opened.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      await opened.page.setViewport({ width, height: 900 });
      await opened.go(path());
      await opened.page.evaluate(axe);
      const violations =
        await opened.page.evaluate(`axe.run({ rules: { 'target-size': { enabled: true } } }).then(({ violations }) =>
        violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target).join(' ')))`);
      expect(violations).toEqual([]);
      expect(await opened.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(await opened.page.evaluate(SIDEWAYS)).toEqual([]);
      expect(await opened.page.evaluate(CROOKED)).toEqual([]);
    });
  });
});

test('a keyboard alone gets from the top of a page to its content, and sees where it is', async () => {
  await opened.go(`/dashboard/sites/${SHOP}`);
  await opened.page.keyboard.press('Tab');
  expect(await opened.page.evaluate('document.activeElement.textContent.trim()')).toBe('Skip to content');
  expect(await opened.page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  await opened.page.keyboard.press('Enter');
  await opened.page.keyboard.press('Tab');
  expect(await opened.page.evaluate('document.activeElement.closest("main") !== null')).toBe(true);
});

test('times are told in the zone of the viewer, which the page names', async () => {
  await opened.page.emulateTimezone('Asia/Kolkata');
  await opened.go(failed);
  const [iso, shown] = (await opened.page.evaluate(
    `(() => { const time = document.querySelector('.facts time'); return [time.dateTime, time.textContent]; })()`,
  )) as [string, string];
  const minutes = new Intl.DateTimeFormat('en', { minute: '2-digit', timeZone: 'Asia/Kolkata' }).format(new Date(iso));
  expect(shown).toContain(`:${minutes.padStart(2, '0')}`);
  expect(shown).not.toContain('UTC');
  expect(await opened.text('main > :last-child')).toMatch(
    /^Times: Asia\/\w+ \(GMT\+5:30\)\. Payloads and CSV files: UTC\.$/,
  );
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
