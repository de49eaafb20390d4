// The page's troubles as the operators' guide tells them: each is brought about in Chromium, and the console says what
// the table quotes.
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { admin, makeSite } from '../support/client.ts';
import { readDocument } from '../support/commands.ts';
import { type Launched, launch } from '../support/launch.ts';
import { Site } from '../support/site.ts';
import { until } from '../support/until.ts';

const guide = readDocument('worker/OPERATING.md');
const STRANGER = '99999999-2222-4333-8444-555555555555';

let hub: Launched;
let site: Site;
let browser: Browser;
let open: string;
let closed: string;
beforeAll(async () => {
  [hub, site, browser] = await Promise.all([launch({ env: { DEMO: 'false' } }), new Site().start(), launchChromium()]);
  open = await makeSite(hub);
  const shop = { site_name: 'Shop', origins: ['https://shop.example.com'] };
  closed = (await admin<{ site_id: string }>(hub, 'POST', '/v1/sites', shop)).site_id;
});
afterAll(async () => {
  await browser.close();
  await Promise.all([hub.stop(), site.stop()]);
});

/** Opens a page with the tag; what its console says, and which requests it makes to the collector. */
async function visit(tag: string, { body = '', headers = {} } = {}) {
  const page = await browser.newPage();
  await page.setUserAgent({ userAgent: (await browser.userAgent()).replace('Headless', '') });
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
  const html = `<!doctype html><title>Page</title><script async src="${hub.url}/hub.js" data-debug ${tag}></script>${body}`;
  site.serve('/', html, headers);
  await page.goto(`${site.fresh()}/`, { waitUntil: 'load' });
  return { page, said, asked, close: () => page.close() };
}

// The driver shows what is undefined as nothing: `kept`, two spaces for status and answer, the beacon.
test.each([
  ['`hub: no GUID:`', () => 'data-site="my-shop"', ['hub: no GUID: my-shop']],
  ['`hub` and a TypeError about `dataset`', () => `type="module" data-site="${open}"`, ['hub TypeError', 'dataset']],
  [
    "`dropped` 403 `This page's origin is not one of the site's origins. Add it to the site.`",
    () => `data-site="${closed}"`,
    ['hub dropped 403', "This page's origin is not one of the site's origins. Add it to the site."],
  ],
  [
    '`dropped` 404 `There is no site with this site_id.`',
    () => `data-site="${STRANGER}"`,
    ['hub dropped 404', 'There is no site with this site_id.'],
  ],
  ['`kept`, without a status', () => `data-site="${open}" data-collector="http://127.0.0.1:1"`, ['hub kept   {']],
])('%s', async (symptom, tag, words) => {
  expect(guide).toContain(`| ${symptom} |`);
  const { said, close } = await visit(tag());
  await until('the console', () => said.some((line) => words.every((word) => line.includes(word))));
  await close();
});

test('"violates the following Content Security Policy directive"', async () => {
  expect(guide).toContain('| "violates the following Content Security Policy directive" |');
  const headers = { 'content-security-policy': "script-src 'self'; connect-src 'self'" };
  const { said, close } = await visit(`data-site="${open}"`, { headers });
  await until('the console', () =>
    said.some((line) => line.includes('violates the following Content Security Policy directive')),
  );
  await close();
  const allowed = { 'content-security-policy': `script-src 'self' ${hub.url}; connect-src 'self' ${hub.url}` };
  const mended = await visit(`data-site="${open}"`, { headers: allowed });
  await until('the view', () => mended.said.some((line) => line.startsWith('hub accepted 202')));
  await mended.close();
});

test('before consent there is no request; once it was given, what happened is sent', async () => {
  expect(guide).toContain('| `kept`, the event and `consent` |');
  const { page, said, asked, close } = await visit(`data-site="${open}" data-consent="required"`);
  await page.waitForFunction('window.hub && hub.session');
  expect([said, asked]).toEqual([['hub kept SiteViewed consent'], []]);
  await page.evaluate('hub.consent(true)');
  await until('the view', () => said.some((line) => line.startsWith('hub accepted 202')));
  await page.evaluate('hub.consent(false)');
  await page.evaluate('hub.signup({ email: "joe@bloggs.com" })');
  expect(guide).toContain('| `dropped`, the event and `consent` |');
  await until('the refusal', () => said.some((line) => line === 'hub dropped SignUpSuccess consent'));
  await close();
});

test('a form that the page sends by script is told of when nothing shows that it went well', async () => {
  expect(guide).toContain('| `no success` and the form |');
  const body = `<script>var skew = 0; { const now = Date.now; Date.now = () => now() + skew; }</script>
    <form data-hub-signup onsubmit="event.preventDefault()"><input name="email" value="a@b.c"><button>Go</button></form>`;
  const { page, said, close } = await visit(`data-site="${open}"`, { body });
  await page.waitForFunction('window.hub && hub.session');
  await page.click('button');
  await page.evaluate('skew = 11_000');
  await until('the console', () => said.some((line) => line.startsWith('hub no success')));
  await close();
});
