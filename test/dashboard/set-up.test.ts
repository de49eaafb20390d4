import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

/** Views of bots don't count, and Node's own name is one. */
const PERSON = 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0';

let opened: Opened;
let receiver: Receiver;
let site: string;
let integration: string;
beforeAll(async () => {
  receiver = await new Receiver().start();
  opened = await openDashboard();
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

const alert = () => opened.text('[role=alert]');
const status = () => opened.text('[role=status]');
const shownIn = (selector: string) => opened.page.$eval(selector, (input) => input.getAttribute('value'));
const says = (selector: string, words: string) =>
  opened.page.waitForFunction(`document.querySelector('${selector}')?.textContent.includes('${words}')`);

describe('a new site', () => {
  test('is asked for where there is none', async () => {
    await opened.go('/dashboard');
    expect(await opened.text('main')).toContain('No site yet');
  });

  test('is not made of bad input, and keeps what was typed', async () => {
    await opened.press('Add a site');
    await opened.fill({ '#site_name': 'Corner shop', '#origins': 'https://shop.example/with/a/path' });
    await opened.press('Add the site');
    expect(await alert()).toContain('Origins: Each must be an origin such as https://shop.example.com');
    expect(await shownIn('#site_name')).toBe('Corner shop');
  });

  test('is made of good input, and shows the tag to paste', async () => {
    await opened.fill({ '#origins': '*' });
    await opened.press('Add the site');
    site = new URL(opened.page.url()).pathname.split('/')[3] ?? '';
    expect(await status()).toContain('The site is there');
    expect(await opened.text('[data-copy="the tag"] code')).toBe(
      `<script async src="${opened.hub.url}/hub.js" data-site="${site}"></script>`,
    );
  });

  test('turns its checks green by itself when the first events arrive', async () => {
    expect(await opened.text('#first-view')).toContain('Waiting for the first view');
    await post(opened.hub.url, site, [newSignUp()]);
    await says('#first-view', 'It works: sign-ups arrive, and no view so far');
    await says('#first-signup', 'It works: 1 sign-up so far');
    const { fields: _, ...view } = newSignUp({ event: 'SiteViewed' });
    await fetch(`${opened.hub.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain', 'user-agent': PERSON },
      body: JSON.stringify({ site_id: site, sent_at: view.timestamp, events: [view] }),
    });
    await says('#first-view', 'It works: 1 view so far');
  });
});

describe('an integration', () => {
  test.each([
    ['not a url', 'This is not a URL'],
    ['https://10.0.0.1/hook', 'The URL holds an IP address'],
    ['https://user:pass@example.com/', 'a user name or password'],
  ])('is not made for %s, and says why', async (url, why) => {
    await opened.go(`/dashboard/sites/${site}/integrations/new`);
    await opened.page.$eval('form.card', (form) => form.setAttribute('novalidate', ''));
    await opened.fill({ '#name': 'Mailchimp', '#url': url });
    await opened.press('Add the integration');
    expect(await alert()).toContain(why);
  });

  test('is not made for no event, and says to choose one', async () => {
    await opened.fill({ '#url': receiver.url });
    await opened.page.locator('input[name=triggers][value=SignUpSuccess]').click();
    await opened.press('Add the integration');
    expect(await alert()).toContain('Tell it when: Choose at least one event to send.');
    await opened.page.locator('input[name=triggers][value=SignUpSuccess]').click();
  });

  test('is made with a secret that is shown once, and code to check it', async () => {
    await opened.fill({ '#name': 'Mailchimp', '#url': receiver.url });
    await opened.press('Add the integration');
    expect(await opened.text('[data-copy="the secret"] code')).toMatch(/^whsec_/);
    expect(await opened.text('main')).toContain('hash_hmac');
    await opened.press('Go on to a test send');
    integration = new URL(opened.page.url()).pathname.split('/')[5] ?? '';
    expect(await opened.text('main')).not.toMatch(/whsec_[A-Za-z0-9+/]{20}/);
  });

  test('is tried with a test that shows what was sent and answered, of the site’s own fields, masked', async () => {
    receiver.mood = (_, response) => response.writeHead(201, { 'x-token': 'abc' }).end('{"ok":true}');
    await opened.press('Send a test');
    expect(await status()).toContain('It works: the test was answered with 201');
    expect(await opened.text('[data-copy="the payload that was sent"]')).toContain('"email": "jxx@bxxxxx.cxx"');
    expect(await opened.text('[data-copy="the answer"]')).toContain('x-token: ••••••');
    receiver.mood = (_, response) => response.writeHead(401).end('who are you?');
    await opened.press('Send a test');
    expect(await status()).toContain('The endpoint answered 401: it does not know who is calling.');
  });

  test('shows what it gets, of the site’s own fields', async () => {
    await opened.go(`/dashboard/sites/${site}/integrations/${integration}`);
    expect(await opened.text('[data-copy="a payload of SignUpSuccess"]')).toContain('"email": "jxx@bxxxxx.cxx"');
  });

  test('is switched off, misses events, and catches up when it is switched on', async () => {
    receiver.mood = (_, response) => response.writeHead(200).end();
    await opened.go(`/dashboard/sites/${site}/integrations/${integration}`);
    await opened.press('Switch off');
    expect(await status()).toContain('switched off');
    const missed = newSignUp();
    await post(opened.hub.url, site, [missed]);
    await until('the skipped delivery', async () => {
      const path = `/v1/sites/${site}/deliveries?status=skipped`;
      return (await admin<{ data: unknown[] }>(opened.hub, 'GET', path)).data.length === 1;
    });
    await opened.press('Switch on');
    expect(await status()).toContain('switched on');
    await until('the missed event', () => receiver.ids.has(missed.id));
  });

  test('sends headers along that are never shown again, and refuses those that are its own', async () => {
    await opened.go(`/dashboard/sites/${site}/integrations/${integration}`);
    await opened.page.$eval('details.more', (details) => details.setAttribute('open', ''));
    await opened.fill({ '#headers': 'Webhook-Id: mine' });
    await opened.press('Save');
    expect(await alert()).toContain('is set by hubwire or by HTTP itself');
    await opened.fill({ '#headers': 'X-Api-Key: 12345-a-long-key' });
    await opened.press('Save');
    expect(await status()).toContain('Saved');
    expect(await opened.text('#headers')).toMatch(/^x-api-key: ••••/i);
    await opened.press('Save');
    await opened.press('Send a test');
    expect(receiver.hooks.at(-1)?.headers['x-api-key']).toBe('12345-a-long-key');
  });

  test('gets a new secret that is shown once, and says how long the former signs along', async () => {
    await opened.press('Make a new secret');
    const secret = await opened.text('[data-copy="the secret"] code');
    await opened.press('Go on to a test send');
    expect(await opened.page.$$eval('section.table tbody tr', (rows) => rows.length)).toBe(2);
    await opened.press('Send a test');
    const { text, headers } = receiver.hooks.at(-1) ?? expect.fail('no test came');
    expect(new Webhook(secret).verify(text, headers)).toBeTruthy();
    await opened.page.locator('input[name=leaked]').click();
    await opened.press('Make a new secret');
    await opened.press('Go on to a test send');
    expect(await opened.page.$$eval('section.table tbody tr', (rows) => rows.length)).toBe(1);
  });

  test('changes by its form, and refuses bad waits', async () => {
    await opened.go(`/dashboard/sites/${site}/integrations/${integration}`);
    await opened.page.$eval('details.more', (details) => details.setAttribute('open', ''));
    await opened.fill({ '#schedule': '5, 0', '#name': 'Mail' });
    await opened.press('Save');
    expect(await alert()).toBe('This can’t be done yet:Waits between attempts, in seconds: Each must be 1 or more.');
    await opened.fill({ '#schedule': '5, 10' });
    await opened.press('Save');
    expect(await status()).toContain('Saved');
    const kept = await admin<{ name: string; schedule_seconds: number[] }>(
      opened.hub,
      'GET',
      `/v1/sites/${site}/integrations/${integration}`,
    );
    expect([kept.name, kept.schedule_seconds]).toEqual(['Mail', [5, 10]]);
  });
});

describe('the settings', () => {
  test('are not saved over a change that somebody else made meanwhile', async () => {
    await opened.go(`/dashboard/sites/${site}/settings`);
    await admin(opened.hub, 'PATCH', `/v1/sites/${site}`, { site_name: 'Renamed' });
    await opened.fill({ '#site_name': 'Mine' });
    await opened.press('Save');
    expect(await alert()).toContain('The site has changed since you read it');
    expect(await shownIn('#site_name')).toBe('Mine');
    await opened.go(`/dashboard/sites/${site}/settings`);
    await opened.fill({ '#site_name': 'Mine' });
    await opened.press('Save');
    expect(await status()).toContain('Saved');
  });

  test('are refused where they are wrong, and keep what was typed', async () => {
    await opened.fill({ '#origins': 'shop.example.com', '#retention_days': '9' });
    await opened.page.locator('input[name=asymmetric]').click();
    await opened.press('Save');
    expect(await alert()).toContain('Origins: Each must be an origin');
    expect(await opened.text('#origins')).toBe('shop.example.com');
    expect(await shownIn('#retention_days')).toBe('9');
    expect(await opened.page.$eval('input[name=asymmetric]', (box) => box.hasAttribute('checked'))).toBe(true);
    await opened.go(`/dashboard/sites/${site}/settings`);
  });

  test('make a view-only link that is shown once, and revoke it', async () => {
    await opened.fill({ '#name': 'Ann' });
    await opened.press('Make a link');
    const link = await opened.text('[data-copy="the link"] code');
    expect((await fetch(link)).status).toBe(200);
    await opened.press('Revoke the link for Ann');
    expect(await status()).toContain('The link is revoked');
    expect((await fetch(link)).status).toBe(401);
  });

  test('erase a person, and say how much that was', async () => {
    const event = newSignUp({ user_profile_id: crypto.randomUUID() });
    await post(opened.hub.url, site, [event]);
    await opened.go(`/dashboard/sites/${site}/settings`);
    await opened.fill({ '#person': 'Joe Bloggs' });
    await opened.press('Erase');
    expect(await alert()).toContain('must be a GUID');
    expect(await shownIn('#person')).toBe('Joe Bloggs');
    await opened.fill({ '#person': event.user_profile_id ?? '' });
    await opened.press('Erase');
    expect(await status()).toContain('Erased: the content of 1 event');
  });
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
