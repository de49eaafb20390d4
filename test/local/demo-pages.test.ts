import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startDemo } from '../../worker/local/demo.ts';
import { launchChromium } from '../support/chromium.ts';
import { type Launched, launch } from '../support/launch.ts';
import { until } from '../support/until.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PERSON = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

let at: Launched;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  [at, browser] = await Promise.all([launch(), launchChromium()]);
});
afterAll(async () => {
  await browser.close();
  await at.stop();
});
beforeEach(async () => {
  page = await newPage();
});
afterEach(() => page.close());

async function newPage(): Promise<Page> {
  const opened = await browser.newPage();
  await opened.setUserAgent({ userAgent: PERSON });
  complaints = [];
  // What the policy forbids, what fails and what throws all end up here.
  opened.on('console', (message) => complaints.push(message.text()));
  opened.on('pageerror', (error) => complaints.push(String(error)));
  opened.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return opened;
}

async function signUp(firstName: string): Promise<void> {
  await page.goto(`${at.demoUrl}/`);
  await page.type('[name=first_name]', firstName);
  await page.type('[name=email]', 'joe@bloggs.com');
  await page.type('[name=password]', 'correct horse battery');
  await page.click('[name=optin]');
  await Promise.all([page.waitForNavigation(), page.click('form button')]);
}

describe('the demo in Chromium', () => {
  test('shows a sign-up on the open receiver as it comes, as text, and without the password', async () => {
    const receiver = await newPage();
    await receiver.goto(`${at.demoUrl}/receiver`);
    await receiver.waitForSelector('#live[data-state=on]');
    await page.bringToFront();
    await signUp('<img src=x onerror=alert(1)>');
    expect(new URL(page.url()).pathname).toBe('/welcome');
    const card = await until('the sign-up on the receiver', () => receiver.$('[data-event=SignUpSuccess]'));
    const text = await card.evaluate((element) => String(Reflect.get(element, 'textContent')));
    expect(text).toContain('✓ signature verified');
    expect(text).toContain('"first_name": "<img src=x onerror=alert(1)>"');
    expect(text).toContain('"plan": "whole"');
    expect(text).toContain('"optin": "true"');
    expect(text).not.toContain('correct horse');
    expect(await receiver.$('img')).toBe(null);
    expect(complaints).toEqual([]);
    await receiver.close();
  });

  test('shows the same after a reload when scripts are off', async () => {
    await signUp('Ann');
    await until('the webhook', async () => (await (await fetch(`${at.demoUrl}/receiver`)).text()).includes('Ann'));
    await page.setJavaScriptEnabled(false);
    await page.goto(`${at.demoUrl}/receiver?event=SignUpSuccess`);
    const frame = await page.content();
    expect(frame).toContain('Ann');
    expect(frame).toContain('Reload to see what is new');
  });

  test('comes back to the receiver by itself after a restart', async () => {
    const start = (port: number) =>
      startDemo({ host: '127.0.0.1', port, collectorUrl: at.url, enable: () => Promise.resolve() });
    const former = await start(0);
    await page.goto(`${former.url}/receiver`);
    await page.waitForSelector('#live[data-state=on]');
    await former.stop();
    await page.waitForSelector('#live[data-state=off]');
    const next = await start(Number(new URL(former.url).port));
    next.useSecret(`whsec_${Buffer.alloc(32).toString('base64')}`);
    await page.waitForSelector('#live[data-state=on]');
    await fetch(`${next.url}/webhook`, { method: 'POST', body: '{"event":"SiteViewed"}' });
    await page.waitForSelector('[data-event=SiteViewed]');
    await next.stop();
  });

  for (const scheme of ['light', 'dark'])
    for (const width of [360, 1_440])
      test(`is accessible and fits, ${scheme}, ${width} pixels wide`, async () => {
        await page.setViewport({ width, height: 900 });
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
        // For axe alone, which is injected.
        await page.setBypassCSP(true);
        for (const path of ['/', '/welcome', '/receiver']) {
          await page.goto(at.demoUrl + path);
          expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
          await page.evaluate(axe);
          const found = (await page.evaluate('axe.run().then(({ violations }) => violations.map(({ id }) => id))')) as
            | string[]
            | undefined;
          expect({ path, found }).toEqual({ path, found: [] });
        }
      });
});
