// One way to drive three browsers: open a tab, go somewhere, run a script, click. Owns what they differ in;
// how each is started is chromium.ts, firefox.ts, webkit.ts.
// Pages report what they saw by themselves (site.ts), so that little is asked of the drivers.
import type { Browser, Page } from 'puppeteer-core';
import { answered } from './answered.ts';
import { launchChromium } from './chromium.ts';
import { launchFirefox } from './firefox.ts';
import { until } from './until.ts';
import { launchWebKit } from './webkit.ts';

export interface Tab {
  goto(url: string): Promise<void>;
  /** The value of an expression in the page. */
  run<T = unknown>(expression: string): Promise<T>;
  /** A click as a person makes it, with user activation. */
  click(selector: string): Promise<void>;
  close(): Promise<void>;
}

export interface HiddenTab {
  show(): Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  name: EngineName;
  /** A new tab, in the foreground. */
  open(): Promise<Tab>;
  /** Opens the link of a tab, which leads to `url`, in a background tab, which can be shown later. */
  openHidden(tab: Tab, link: string, url: string): Promise<HiddenTab>;
  close(): Promise<void>;
}

export const ENGINES = ['chromium', 'firefox', 'webkit'] as const;
export type EngineName = (typeof ENGINES)[number];

const pages = new WeakMap<Tab, () => Page>();

/** Long enough for any page of the tests; after it the driver has lost the tab to a navigation that the page began. */
const GOTO_MS = 4_000;

const tabOf = (browser: Browser, first: Page): Tab => {
  let page = first;
  const tab: Tab = {
    goto: async (url) => {
      const go = () => answered(`go to ${url}`, page.goto(url, { waitUntil: 'load', timeout: GOTO_MS }));
      try {
        await go();
      } catch {
        page = await answered('a new tab', browser.newPage());
        await go();
      }
    },
    run: <T>(expression: string) => answered(expression, page.evaluate(expression) as Promise<T>),
    click: (selector) => answered(`click ${selector}`, page.click(selector)),
    close: () => answered('close the tab', page.close()),
  };
  pages.set(tab, () => page);
  return tab;
};

const puppeteerEngine = (name: EngineName, browser: Browser): Engine => ({
  name,
  open: async () => tabOf(browser, await browser.newPage()),
  openHidden: async (tab, link) => {
    const page = pages.get(tab)?.();
    if (!page) throw new Error('not a tab of this engine');
    const known = new Set(await browser.pages());
    await page.keyboard.down('Control');
    await page.click(link);
    await page.keyboard.up('Control');
    const opened = await until('the new tab', async () => (await browser.pages()).find((one) => !known.has(one)));
    return { show: () => opened.bringToFront(), close: () => opened.close() };
  },
  close: () => browser.close(),
});

/** Starts a browser with a new profile. */
export async function launch(name: EngineName): Promise<Engine> {
  if (name === 'chromium') return puppeteerEngine(name, await launchChromium());
  if (name === 'firefox') return puppeteerEngine(name, await launchFirefox());
  return launchWebKit();
}
