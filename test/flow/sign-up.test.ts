// The one story that hubwire exists for, as a visitor lives it and as everyone behind the page sees it.
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OutcomeRecord } from '../../worker/outcomes.ts';
import type { Stats } from '../../worker/stats.ts';
import { launchChromium } from '../support/chromium.ts';
import { admin, booksOf, integrate, pendingOf } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';
const EVERY = ['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError'];

let hub: Launched;
let browser: Browser;
const receiver = new Receiver();

beforeAll(async () => {
  [hub, browser] = await Promise.all([launch(), launchChromium(), receiver.start()]);
});
afterAll(async () => {
  await browser.close();
  await hub.stop();
  await receiver.stop();
});

test('a visitor signs up on the demo page: the webhook arrives signed, the outcome is recorded, the books balance', async () => {
  const { integration_id, secret } = await integrate(hub, SITE, receiver.url, { triggers: EVERY });
  const page = await browser.newPage();
  // The plain user agent of the same browser: "HeadlessChrome" is a known bot, and bots raise no SiteViewed.
  await page.setUserAgent({ userAgent: (await browser.userAgent()).replace('Headless', '') });
  const response = await page.goto(hub.demoUrl);
  expect(response?.headers()['content-security-policy']).toContain("default-src 'none'");
  await page.type('[name=first_name]', 'Joe');
  await page.type('[name=email]', 'joe@bloggs.com');
  await page.type('[type=password]', 'correct horse battery');
  await page.click('[name=optin]');
  await Promise.all([page.waitForNavigation(), page.click('form button')]);

  const signUp = await until('the sign-up', () => receiver.hooks.find(({ body }) => body.event === 'SignUpSuccess'));
  expect(signUp.body).toMatchObject({
    site_id: SITE,
    site_name: 'My site',
    first_name: 'Joe',
    email: 'joe@bloggs.com',
    optin: 'true',
  });
  expect(signUp.text).not.toContain('correct horse');
  expect(Object.keys(signUp.body).slice(0, 6)).toEqual([
    'id',
    'event',
    'timestamp',
    'site_id',
    'site_name',
    'user_session_id',
  ]);

  // Two page events to two integrations, each of which is told of every outcome.
  const named = (name: string) => receiver.hooks.filter(({ body }) => body.event === name);
  await until('views', () => named('SiteViewed').length > 0);
  const books = await until('all to be delivered', async () => {
    const now = await booksOf(hub, SITE);
    return now.balanced && pendingOf(now) === 0 && now.events.WebhookSuccess >= 2 * (now.events.SiteViewed + 1) && now;
  });
  expect(books.events.SignUpSuccess).toBe(1);
  expect(named('SignUpSuccess')).toHaveLength(1);
  expect(named('WebhookSuccess')).toHaveLength(books.events.WebhookSuccess);
  expect(receiver.hooks).toHaveLength(receiver.ids.size);
  receiver.verify(secret);

  const records = await until('the outcome in KV', async () => {
    const { data } = await admin<{ data: OutcomeRecord[] }>(hub, 'GET', `/v1/sites/${SITE}/outcomes`);
    const own = data.filter((it) => it.delivery.event_id === signUp.id && it.integration_id === integration_id);
    return own.length > 0 && own;
  });
  expect(records).toEqual([
    expect.objectContaining({
      event: 'WebhookSuccess',
      webhook_trigger: 'SignUpSuccess',
      delivery: { event_id: signUp.id, attempts: 1, status: 200, duration_ms: expect.any(Number), error: null },
    }),
  ]);
  const stats = await until(
    'the stats',
    async () => {
      const now = await admin<Stats>(hub, 'GET', `/v1/sites/${SITE}/stats?range=24h`);
      // Each lane and the journal publish for themselves: what is pending may be told later than what succeeded.
      return now.totals.WebhookSuccess === books.events.WebhookSuccess && now.totals.pending === 0 && now;
    },
    30_000,
  );
  expect(stats.totals).toMatchObject({
    SignUpSuccess: 1,
    SiteViewed: books.events.SiteViewed,
    WebhookError: 0,
    pending: 0,
  });

  await page.goto(`${hub.demoUrl}/receiver`);
  await page.waitForSelector('::-p-text(signature verified)');
  expect(await page.content()).not.toMatch(/not verified/i);
});
