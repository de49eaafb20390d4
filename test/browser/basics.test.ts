// The shortest way through everything: a view, a native sign-up, one by script, a call, and what storage holds after.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { measure } from '../../client/build.mjs';
import { launchChromium } from '../support/chromium.ts';
import { Collector } from '../support/collector.ts';
import { html, Site } from '../support/site.ts';
import { until } from '../support/until.ts';

let browser: Browser;
let collector: Collector;
const site = new Site();
let page: Page;

beforeAll(async () => {
  const { code } = await measure();
  collector = await new Collector(new Map([['/hub.js', code]])).start();
  await site.start();
  browser = await launchChromium();
  page = await browser.newPage();
});
afterEach(() => {
  collector.reset();
  site.reset();
});
afterAll(async () => {
  await browser?.close();
  await site.stop();
  await collector?.stop();
});

test('a page view arrives with what every event carries, without a preflight, and storage is clean after', async () => {
  await page.goto(`${site.page('/view', html(collector.origin))}?utm_source=mail&token=secret&hub_plan=gold#top`);
  const view = await until('the view', () => collector.named('SiteViewed')[0]);
  expect(view.attributes).toMatchObject({
    page_url: `${site.origin}/view?utm_source=mail`,
    page_title: 'Test',
    utm_source: 'mail',
    plan: 'gold',
  });
  expect(collector.requests[0]?.headers['content-type']).toMatch(/^text\/plain/);
  await until('the outbox to be empty', () =>
    page.evaluate(`Object.keys(localStorage).every((key) => key === 'hub:s')`),
  );
  expect(collector.others).toEqual([]);
  expect(site.told).toEqual([]);
});

test('a marked form that the browser submits is one sign-up', async () => {
  const form =
    '<form data-hub-signup method=post action=/thanks><input name=email value=joe@bloggs.com><button>Go</button></form>';
  await page.goto(site.page('/native', html(collector.origin, form, 'data-views=off')));
  await until('the script', () => page.evaluate('window.hub?.session'));
  await page.click('button');
  await until('the sign-up', () => collector.named('SignUpSuccess').length);
  expect(collector.named('SignUpSuccess').map(({ fields }) => fields)).toEqual([{ email: 'joe@bloggs.com' }]);
  await until('the form', () => site.posts.length);
  expect(site.posts).toEqual(['email=joe%40bloggs.com']);
});

test('a call made through the stub before the script is there is kept, and says that it was accepted', async () => {
  const stub = await readFile(join(import.meta.dirname, '../../client/stub.js'), 'utf8');
  const body = `<script>${stub}</script><script>hub.signup({ email: 'a@b.c' }).then((is) => tell(is.status));</script>`;
  await page.goto(site.page('/stub', body + html(collector.origin, '', 'data-views=off')));
  await until('the sign-up', () => collector.named('SignUpSuccess').length);
});
