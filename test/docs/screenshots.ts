// The pictures in worker/dashboard/screenshots: `node test/docs/screenshots.ts` takes them anew, of the hubwire that
// ships, in light and dark. Owns what is to be seen in them: a shop with thirty days behind it, and one whose sign-ups
// reach two tools and fail at a third. Nobody in them exists. They are opened and looked at before they are committed.
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { launchChromium } from '../support/chromium.ts';
import { admin, booksOf, integrate, newSignUp, pendingOf, post } from '../support/client.ts';
import { launch, root } from '../support/launch.ts';
import { Receiver, slow } from '../support/receiver.ts';
import { seedKv } from '../support/seed-kv.ts';
import { makeShop, SHOP, shopKv } from '../support/shop.ts';
import { until } from '../support/until.ts';

const FOLDER = join(root, 'worker', 'dashboard', 'screenshots');
const BYTES_MAX = 150_000;
const LIVE = '31111111-2222-4333-8444-555555555555';
/** A view of the page and of the one after, the sign-up, and a WebhookSuccess for each. */
const WEBHOOKS = 6;
const PEOPLE = ['Ada Byrne', 'Ben Okafor', 'Carla Neri', 'Dan Holt', 'Eva Lind', 'Femi Adu', 'Gina Roth', 'Hugo Vidal'];

const dataDir = await mkdtemp(join(tmpdir(), 'hubwire-screenshots-'));
await mkdir(join(dataDir, 'state'), { recursive: true });
await seedKv(dataDir, shopKv(Date.now()));
const hub = await launch({ dataDir });
const [mailchimp, slack, hubspot] = await Promise.all([1, 2, 3].map(() => new Receiver().start()));
if (!mailchimp || !slack || !hubspot) throw new Error('three receivers were started');
slack.mood = slow(40);
hubspot.mood = (_, response) =>
  response.writeHead(401, { 'content-type': 'application/json' }).end('{"error":"This API key has been revoked."}');
const browser = await launchChromium();
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1_280, height: 800, deviceScaleFactor: 1.5 });
  await page.emulateTimezone('Europe/London');
  await (await page.createCDPSession()).send('Emulation.setLocaleOverride', { locale: 'en-GB' });
  // What says that it is headless counts as a bot, whose views are refused.
  await page.setUserAgent({ userAgent: (await browser.userAgent()).replace('Headless', '') });
  await makeShop(hub);
  const failed = await makeLive();
  await signIn(page);
  await shoot(page, 'overview', `${hub.url}/dashboard/sites/${SHOP}`, 1_400);
  await shoot(page, 'deliveries', `${hub.url}/dashboard/sites/${LIVE}/deliveries`, 900);
  await shoot(page, 'delivery', `${hub.url}/dashboard/sites/${LIVE}/deliveries/${failed}`, 1_000);
  await shoot(page, 'books', `${hub.url}/dashboard/sites/${LIVE}/books`, 1_100);
  await signUp(page);
  await shoot(page, 'receiver', `${hub.demoUrl}/receiver`, 860);
} finally {
  await browser.close();
  await hub.stop();
  for (const receiver of [mailchimp, slack, hubspot]) await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** A site with sign-ups of its own; answers the path of a delivery that failed. */
async function makeLive(): Promise<string> {
  await admin(hub, 'POST', '/v1/sites', { site_id: LIVE, site_name: 'Sunday Loaf', origins: ['*'] });
  await integrate(hub, LIVE, mailchimp?.url ?? '', { name: 'Mailchimp' });
  await integrate(hub, LIVE, slack?.url ?? '', { name: 'Slack' });
  const more = { name: 'HubSpot', schedule_seconds: [1, 1], headers: { authorization: 'Bearer not-a-real-key' } };
  const { integration_id } = await integrate(hub, LIVE, hubspot?.url ?? '', more);
  const signUps = PEOPLE.map((name) => {
    const [first_name = '', last_name = ''] = name.split(' ');
    const email = `${first_name}.${last_name}@example.com`.toLowerCase();
    return newSignUp({
      attributes: { page_url: 'https://sundayloaf.example/join', utm_source: 'newsletter', plan: 'gold' },
      fields: { email, first_name, last_name, optin: 'true' },
    });
  });
  for (const event of signUps) {
    await post(hub.url, LIVE, [event]);
    await until('its first attempts', () => [mailchimp, slack, hubspot].every((it) => it?.ids.has(event.id)));
  }
  await until('every delivery to end', async () => pendingOf(await booksOf(hub, LIVE)) === 0, 60_000);
  return `${signUps.at(-1)?.id}/${integration_id}`;
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${hub.url}/dashboard/sign-in`);
  await page.locator('#token').fill(hub.adminToken);
  await Promise.all([page.waitForNavigation(), page.locator('main button').click()]);
}

/** In the demo shop, as a visitor. */
async function signUp(page: Page): Promise<void> {
  await page.goto(hub.demoUrl);
  const entered = { first_name: 'Ada', email: 'ada.byrne@example.com', password: 'never captured' };
  for (const [name, value] of Object.entries(entered)) await page.locator(`input[name=${name}]`).fill(value);
  await Promise.all([page.waitForNavigation(), page.locator('form[data-hub-signup] button').click()]);
  await until('the sign-up, two views, and what became of them', async () => {
    const shown = await (await fetch(`${hub.demoUrl}/receiver`)).text();
    return shown.split('✓ signature verified').length > WEBHOOKS;
  });
}

/** One picture in each scheme, `height` high at most. */
async function shoot(page: Page, name: string, url: string, height: number): Promise<void> {
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(url, { waitUntil: 'load' });
    const whole = Number(await page.evaluate('document.documentElement.scrollHeight'));
    const clip = { x: 0, y: 0, width: 1_280, height: Math.min(height, whole) };
    const path = `${join(FOLDER, `${name}-${scheme}`)}.webp` as const;
    await page.screenshot({ path, type: 'webp', quality: 80, clip, captureBeyondViewport: true });
    const { size } = await stat(path);
    console.log(`${name}-${scheme}.webp ${Math.round(size / 1_000)} KB`);
    if (size > BYTES_MAX) throw new Error(`${path} is larger than ${BYTES_MAX} bytes: show less.`);
  }
}
