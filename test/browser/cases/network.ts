// The network really cut, and what the tracker costs the page's main thread: what only Chromium's driver can do.
// In a browser of its own, because the others have no door to the DevTools protocol (test/support/engine.ts).
// What the other engines are shown of this is loss.ts: a collector that is gone, and the `online` event alone.
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../support/chromium.ts';
import { SITE_ID } from '../../support/site.ts';
import type { Rig } from '../rig.ts';

/** A machine that is busy with other things makes a long task of anything: one of these loads will be let alone. */
const LOADS = 8;

export function network(rig: Rig): void {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
  });
  afterEach(() => page.setOfflineMode(false));
  afterAll(() => browser?.close());

  const visit = async (url: string) => {
    await page.goto(url);
    await page.waitForFunction('!!(window.hub && hub.session)');
  };

  const fromCollector = () => `fetch('${rig.collector.origin}/hub.js', { cache: 'no-store' })`;

  /**
   * Cuts the network. The driver answers before the cut is made everywhere: what the page sends meanwhile may still
   * arrive, with its answer lost. So no test here says that nothing came, only that it counts once.
   */
  const cut = async () => {
    await page.setOfflineMode(true);
    await page.waitForFunction(`${fromCollector()}.then(() => false, () => true)`);
  };

  test('offline, sign-up, leave, online, another page of the site: received once', async () => {
    const origin = rig.site.fresh();
    await visit(rig.page('', 'data-views=off', origin));
    await cut();
    expect(await page.evaluate(`hub.signup({ n: 1 }).then(({ status }) => status)`)).toBe('kept');
    await expect(page.goto(rig.page('', 'data-views=off', origin))).rejects.toThrow(/DISCONNECTED/);
    await page.setOfflineMode(false);
    await visit(rig.page('', 'data-views=off', origin));
    await rig.until('the sign-up', () => rig.signups.length);
    await page.waitForFunction(`Object.keys(localStorage).join() === 'hub:s'`);
    expect(rig.fields).toEqual([{ n: '1' }]);
  });

  test('offline, sign-ups, online on the same page: received once, without waiting for a retry', async () => {
    await visit(rig.page('', 'data-views=off'));
    await cut();
    // The page's timers stand still from here on: what comes was sent by the `online` event.
    await page.evaluate(`void (window.setTimeout = () => 0, addEventListener('online', () => (window.told = true)))`);
    await page.evaluate(`Promise.all([hub.signup({ n: 1 }), hub.signup({ n: 2 })])`);
    await page.setOfflineMode(false);
    await page.waitForFunction('window.told');
    // As with the cut, the event may come before the network does: a page of a real visitor has its timer for that.
    await page.waitForFunction(`${fromCollector()}.then(() => dispatchEvent(new Event('online')), () => false)`);
    await rig.until('both', () => rig.signups.length === 2);
    await page.waitForFunction(`Object.keys(localStorage).join() === 'hub:s'`);
    expect(rig.fields).toEqual(expect.arrayContaining([{ n: '1' }, { n: '2' }]));
  });

  test('no long task: neither the start, nor a view, nor a sign-up holds the main thread for 50 ms', async () => {
    const url = rig.page('<form data-hub-signup><input name=a value=1></form>');
    const path = new URL(url).pathname;
    rig.site.serve(
      path,
      '<!doctype html><title>Test</title><form data-hub-signup=always><input name=a value=1></form>',
    );
    const counts: number[] = [];
    for (let load = 0; load < LOADS && !counts.includes(0); load++) {
      await page.goto(url, { waitUntil: 'load' });
      rig.collector.reset();
      await page.evaluate(`(() => {
        window.tasks = [];
        new PerformanceObserver((list) => tasks.push(...list.getEntries())).observe({ type: 'longtask' });
        document.forms[0].addEventListener('submit', (event) => event.preventDefault());
        const tag = document.createElement('script');
        tag.src = '${rig.collector.origin}/hub.js';
        tag.dataset.site = '${SITE_ID}';
        tag.onload = () => document.forms[0].requestSubmit();
        document.head.append(tag);
      })()`);
      await rig.until('view and sign-up', () => rig.collector.named('SiteViewed').length && rig.signups.length);
      await page.waitForFunction(`Object.keys(localStorage).join() === 'hub:s'`);
      counts.push((await page.evaluate('tasks.length')) as number);
    }
    expect(counts, 'long tasks of each load').toContain(0);
    expect(rig.collector.requests, 'one request an event').toHaveLength(2);
    expect(rig.collector.others).toEqual([]);
  });
}
