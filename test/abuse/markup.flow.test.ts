// Markup, script and formulas in everything that the dashboard shows, in Chromium under the pages' own policy: nothing
// runs, no element comes into being, the text stands there as it was entered. Elements are known by their attribute,
// so that also what the policy would stop is found.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

/** What a stranger would enter: an element that is known by its attribute, and script in every way that runs. */
const evil = (where: string) =>
  `${where}"'><b data-evil>x</b><script data-evil>pwned=1</script><img data-evil src=x onerror=pwned=1></textarea></title>{{7*7}}\${pwned=1}`;
const FORMULA = '=HYPERLINK("https://evil.example","click")';

let opened: Opened;
const receiver = new Receiver();
let siteId: string;
let tool: string;
const it = newSignUp({
  fields: { email: evil('value'), [evil('f').slice(0, 64)]: 'x', '<b data-evil>': '<b data-evil>' },
  attributes: { plan: evil('attribute'), page_title: evil('title'), page_url: 'javascript:pwned=1' },
});

beforeAll(async () => {
  await receiver.start();
  receiver.mood = (_, response) =>
    response
      .writeHead(500, { 'content-type': 'text/html', 'x-evil': evil('header'), location: 'javascript:pwned=1' })
      .end(evil('body'));
  opened = await openDashboard();
  const { hub } = opened;
  siteId = await makeSite(hub);
  await admin(hub, 'PATCH', `/v1/sites/${siteId}`, { site_name: evil('site') });
  const more = { name: evil('tool'), schedule_seconds: [], triggers: ['SignUpSuccess', 'WebhookError'] };
  ({ integration_id: tool } = await integrate(hub, siteId, `${receiver.url}?q=${evil('url')}`, {
    ...more,
    headers: { 'x-evil': evil('header') },
  }));
  await integrate(hub, siteId, receiver.url, { name: FORMULA, schedule_seconds: [] });
  await admin(hub, 'POST', `/v1/sites/${siteId}/view-links`, { name: evil('link') });
  await post(hub.url, siteId, [it]);
  await until('the failures in KV', async () => {
    const { integrations } = await admin<{ integrations: { failed: number }[] }>(
      hub,
      'GET',
      `/v1/sites/${siteId}/stats`,
    );
    return integrations.filter(({ failed }) => failed > 0).length === 2;
  });
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

const query = encodeURIComponent(evil('query'));
/** Named, because an address would fill the screen with what is in it. */
const PAGES: [name: string, page: string, shows: string[]][] = [
  ['the overview', '', ['site', 'tool']],
  ['the list', '/deliveries', ['site', 'tool']],
  ['a search for it', `/deliveries?search=${query}`, ['site']],
  [
    'filters of it',
    `/deliveries?status=${query}&integration_id=${query}&within=${query}&cursor=${query}&done=${query}`,
    ['site'],
  ],
  ['a delivery', '/deliveries/EVENT/TOOL', ['site', 'tool', 'body']],
  ['a delivery with its values', '/deliveries/EVENT/TOOL?show=values', ['site', 'value', 'attribute', 'title', 'body']],
  ['sending again', '/deliveries/replay?integration_id=TOOL', ['tool']],
  ['the integrations', '/integrations', ['site', 'tool']],
  ['an integration', '/integrations/TOOL', ['tool']],
  ['a new integration', '/integrations/new', ['site']],
  ['the set-up', '/setup', ['site']],
  ['the settings', `/settings?done=${query}`, ['site', 'link']],
  ['the books', '/books', ['site', 'tool']],
];
/** All that can be seen or edited, also what stands in fields. */
const SHOWN = `[document.documentElement.textContent, ...[...document.querySelectorAll('input, textarea')].map((it) => it.value)].join('\\n')`;

describe('what strangers entered', () => {
  test.each(PAGES)('is text and nothing else: %s', async (_, page, shows) => {
    const path = page.replace('EVENT', it.id).replace('TOOL', tool);
    expect(await opened.go(`/dashboard/sites/${siteId}${path}`)).toBeOneOf([200, 304]);
    expect(await opened.page.evaluate(`[typeof pwned, document.querySelectorAll('[data-evil]').length]`)).toEqual([
      'undefined',
      0,
    ]);
    expect(
      await opened.page.evaluate(`document.querySelectorAll('[href^="javascript:" i], [onerror], [onload]').length`),
    ).toBe(0);
    const shown = String(await opened.page.evaluate(SHOWN));
    // In JSON the quote is escaped.
    for (const where of shows) expect(shown.replaceAll('\\"', '"')).toContain(`${where}"'><b data-evil>x</b>`);
  });

  test('is text in an address that leads nowhere, before the sign-in and behind it', async () => {
    for (const path of [
      `/dashboard/${query}`,
      `/dashboard/sites/${query}`,
      `/dashboard/sign-in?to=${query}&code=${query}`,
      `/dashboard/view?link=${query}`,
      `/docs?${query}`,
    ]) {
      expect(await opened.go(path)).toBeLessThan(500);
      expect(await opened.page.evaluate(`[typeof pwned, document.querySelectorAll('[data-evil]').length]`)).toEqual([
        'undefined',
        0,
      ]);
    }
  });

  test('is no formula in a download', async () => {
    const [{ name, value } = { name: '', value: '' }] = await opened.browser.cookies();
    for (const file of ['deliveries.csv', 'books.csv']) {
      const response = await fetch(`${opened.hub.url}/dashboard/sites/${siteId}/${file}`, {
        headers: { cookie: `${name}=${value}` },
      });
      const text = await response.text();
      expect(text).toContain(`"'${FORMULA.replaceAll('"', '""')}"`);
      expect(text.split(/\r\n|,/).filter((cell) => /^"?[=+@]/.test(cell))).toEqual([]);
    }
  });

  test('ends no line of a header, wherever a name is used in one', async () => {
    const response = await fetch(
      `${opened.hub.url}/dashboard/sign-in?to=${encodeURIComponent('/dashboard\r\nx-evil: 1')}`,
    );
    expect([response.status, response.headers.get('x-evil')]).toEqual([200, null]);
    expect(receiver.hooks[0]?.headers['x-evil'] ?? receiver.hooks[1]?.headers['x-evil']).toBe(evil('header'));
  });
});

test('nothing was asked of another host, and the policy of the pages had nothing to refuse', () => {
  expect(opened.problems).toEqual([]);
});
