// The dashboard as a person has it: hubwire on a data folder of its own, and Chromium in front of it. Notes whatever a
// page asks of another host and whatever its console complains of, so that every test refutes both.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer-core';
import { launchChromium } from './chromium.ts';
import { type Launched, launch } from './launch.ts';
import { seedKv } from './seed-kv.ts';

export type Opened = {
  hub: Launched;
  browser: Browser;
  page: Page;
  /** Requests to other hosts, and complaints of the console. */
  problems: string[];
  go(path: string): Promise<number>;
  /** What the page says. */
  text(selector?: string): Promise<string>;
  /** Presses the button or link of this name, and waits for the page that follows. */
  press(name: string): Promise<void>;
  fill(values: Record<string, string>): Promise<void>;
  signIn(): Promise<void>;
  close(): Promise<void>;
};

/** `kv`: what KV holds before the start. */
export async function openDashboard(kv: Record<string, unknown> = {}): Promise<Opened> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hubwire-pages-'));
  await mkdir(join(dataDir, 'state'), { recursive: true });
  if (Object.keys(kv).length > 0) await seedKv(dataDir, kv);
  const hub = await launch({ dataDir, env: { DEMO: 'false' } });
  const browser = await launchChromium();
  const problems: string[] = [];
  const page = await newPage(browser, hub.url, problems);
  return {
    hub,
    browser,
    page,
    problems,
    async go(path) {
      const response = await page.goto(hub.url + path, { waitUntil: 'load' });
      return response?.status() ?? 0;
    },
    text: (selector = 'body') => page.$eval(selector, (element) => element.textContent ?? ''),
    async press(name) {
      for (const element of await page.$$('button, a')) {
        const [text, label] = await element.evaluate((it) => [it.textContent?.trim(), it.getAttribute('aria-label')]);
        if (text !== name && label !== name) continue;
        await Promise.all([page.waitForNavigation(), element.click()]);
        return;
      }
      throw new Error(`There is no button or link "${name}" on ${page.url()}`);
    },
    async fill(values) {
      for (const [selector, value] of Object.entries(values)) await page.locator(selector).fill(value);
    },
    async signIn() {
      await page.goto(`${hub.url}/dashboard/sign-in`);
      await page.locator('#token').fill(hub.adminToken);
      await Promise.all([page.waitForNavigation(), page.locator('main button').click()]);
    },
    async close() {
      await browser.close();
      await hub.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Another page of the same browser, with its own eye on what goes wrong. */
export async function newPage(browser: Browser, url: string, problems: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) problems.push(`asked another host: ${request.url()}`);
  });
  page.on('console', (message) => {
    // A refused form is answered with 4xx on purpose, and the browser notes that.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) problems.push(message.text());
  });
  page.on('pageerror', (error) => problems.push(String(error)));
  return page;
}
