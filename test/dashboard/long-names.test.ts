import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, integrate, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { fails, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

/** As long as names may be, and nowhere to break. */
const NAME = 'Sub5'.repeat(50);
const SITE = '51111111-2222-4333-8444-555555555555';
const at = `/dashboard/sites/${SITE}`;
const WIDTHS = { phone: 360, tablet: 768, wide: 1440 };

let opened: Opened;
let receiver: Receiver;
let tool: string;
let delivery: string;
beforeAll(async () => {
  receiver = await new Receiver().start();
  receiver.mood = fails;
  opened = await openDashboard();
  const { hub } = opened;
  await admin(hub, 'POST', '/v1/sites', { site_id: SITE, site_name: NAME, origins: ['*'] });
  const made = await integrate(hub, SITE, receiver.url, { name: NAME, schedule_seconds: [] });
  tool = made.integration_id;
  const event = newSignUp();
  await post(hub.url, SITE, [event]);
  delivery = `${at}/deliveries/${event.id}/${tool}`;
  await admin(hub, 'POST', `/v1/sites/${SITE}/view-links`, { name: NAME });
  await until('the failure in the stats', async () => {
    const { integrations } = await admin<{ integrations: { failed: number }[] }>(hub, 'GET', `/v1/sites/${SITE}/stats`);
    return integrations[0]?.failed === 1;
  });
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

const PAGES: [string, () => string][] = [
  ['the sites', () => '/dashboard/sites'],
  ['the overview', () => at],
  ['the deliveries', () => `${at}/deliveries`],
  ['a delivery', () => delivery],
  ['sending again', () => `${at}/deliveries/replay`],
  ['the integrations', () => `${at}/integrations`],
  ['an integration', () => `${at}/integrations/${tool}`],
  ['the books', () => `${at}/books`],
  ['the set-up', () => `${at}/setup`],
  ['the settings', () => `${at}/settings`],
];

/** Text that ends right of the page, or of the card or notice that it stands in; heads of stacked tables are hidden. */
const BEYOND = `(() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const beyond = [];
  while (texts.nextNode()) {
    const { currentNode: text } = texts;
    const { parentElement: element } = text;
    if (element.closest('select, option, .skip') || (innerWidth < 800 && element.closest('thead'))) continue;
    const frame = element.closest('.card, .notice, .summary, .figures') ?? document.body;
    const range = document.createRange();
    range.selectNodeContents(text);
    if (range.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1)
      beyond.push(element.tagName + ': ' + text.data.slice(0, 40));
  }
  return beyond;
})()`;

describe.each(Object.entries(WIDTHS))('with a name of two hundred letters and no space, %s', (_, width) => {
  test.each(PAGES)('%s fits', async (_, path) => {
    await opened.page.setViewport({ width, height: 900 });
    expect([200, 304]).toContain(await opened.go(path()));
    expect(await opened.page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    expect(await opened.page.evaluate(BEYOND)).toEqual([]);
  });

  test('the state of a delivery is in sight', async () => {
    await opened.page.setViewport({ width, height: 900 });
    await opened.go(`${at}/deliveries`);
    const [right, table] = (await opened.page.evaluate(`(() => {
      const right = (selector) => document.querySelector(selector).getBoundingClientRect().right;
      return [right('#deliveries .state'), right('#deliveries .table')];
    })()`)) as [number, number];
    expect(right).toBeLessThanOrEqual(table);
  });
});
