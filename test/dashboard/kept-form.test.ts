// What somebody typed survives the end of the session: in a browser, as it happens to a person.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { admin, integrate, makeSite } from '../support/client.ts';
import { newPage, type Opened, openDashboard } from '../support/dashboard.ts';

let opened: Opened;
let siteId: string;
beforeAll(async () => {
  opened = await openDashboard();
  siteId = await makeSite(opened.hub);
});
afterAll(() => opened.close());
beforeEach(() => opened.signIn());

const endSession = async () => opened.browser.deleteCookie(...(await opened.browser.cookies()));
const nameOf = async () => (await admin<{ site_name: string }>(opened.hub, 'GET', `/v1/sites/${siteId}`)).site_name;
const path = () => new URL(opened.page.url()).pathname;

test('a form that is sent after the session has ended is kept over the sign-in, a wrong token too', async () => {
  await opened.go(`/dashboard/sites/${siteId}/settings`);
  await opened.fill({
    '#site_name': 'Typed <b>with</b> care & "quotes"',
    '#origins': 'https://a.example\nhttps://b.example',
  });
  await endSession();
  await opened.press('Save');
  expect(await opened.text('[role=status]')).toContain('What you entered is kept');
  await opened.fill({ '#token': 'guessed' });
  await opened.press('Sign in');
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  expect(await opened.text('h1')).toBe('Not sent yet');
  expect(await opened.text('dl')).toContain('Typed <b>with</b> care & "quotes"');
  expect(await opened.text('dl')).toContain('Originshttps://a.example\nhttps://b.exampleKeep records for days30');
  expect(await nameOf()).not.toContain('Typed');
  await opened.press('Send it now');
  expect(await opened.text('[role=status]')).toContain('Saved');
  expect(await nameOf()).toBe('Typed <b>with</b> care & "quotes"');
});

test('a form from before a new sign-in in another tab is shown again, and sent by a click', async () => {
  await opened.go(`/dashboard/sites/${siteId}/settings`);
  await opened.fill({ '#site_name': 'From the first tab' });
  await endSession();
  const tab = await newPage(opened.browser, opened.hub.url, opened.problems);
  await tab.goto(`${opened.hub.url}/dashboard/sign-in`);
  await tab.locator('#token').fill(opened.hub.adminToken);
  await Promise.all([tab.waitForNavigation(), tab.locator('main button').click()]);
  await tab.close();
  await opened.page.bringToFront();
  await opened.press('Save');
  expect(await opened.text('h1')).toBe('Not sent yet');
  await opened.press('Send it now');
  expect(await nameOf()).toBe('From the first tab');
});

test('what somebody else has changed meanwhile is not overwritten by a form that was kept', async () => {
  await opened.go(`/dashboard/sites/${siteId}/settings`);
  await opened.fill({ '#site_name': 'Kept' });
  await endSession();
  await opened.press('Save');
  await admin(opened.hub, 'PATCH', `/v1/sites/${siteId}`, { site_name: 'Meanwhile' });
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  await opened.press('Send it now');
  expect(await opened.text('[role=alert]')).toContain('The site has changed since you read it');
  expect(await nameOf()).toBe('Meanwhile');
});

test.each([
  ['a deletion', '#typed', 'Delete the site'],
  ['an erasure', '#person', 'Erase'],
])('%s is asked for anew where it was, and is not said to be kept', async (_, field, button) => {
  await opened.go(`/dashboard/sites/${siteId}/settings`);
  await opened.fill({ [field]: await nameOf() });
  await endSession();
  await opened.press(button);
  expect(path()).toBe('/dashboard/sign-in');
  expect(await opened.text('main')).not.toContain('kept');
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  expect(path()).toBe(`/dashboard/sites/${siteId}/settings`);
  expect(await nameOf()).toBe('Meanwhile');
});

test('sending many again is asked for anew, with how many they are, and so is what is only ticked', async () => {
  const { integration_id } = await integrate(opened.hub, siteId, 'https://hooks.example.com/', { name: 'HubSpot' });
  const leaked = 'input[name=leaked]';
  await opened.go(`/dashboard/sites/${siteId}/integrations/${integration_id}`);
  await opened.page.locator(leaked).click();
  await endSession();
  await opened.press('Make a new secret');
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  expect(await opened.text('h1')).toBe('HubSpot');
  await opened.go(`/dashboard/sites/${siteId}/deliveries/replay?within=7d`);
  await opened.page.$eval('main form[method=post] button', (button) => button.removeAttribute('disabled'));
  await endSession();
  await opened.press('Nothing to send');
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  expect(await opened.text('main')).toContain('0 failed deliveries to HubSpot, last 7 days');
});

test('a wrong token does not lead elsewhere than where one was going', async () => {
  await endSession();
  await opened.go(`/dashboard/sites/${siteId}/books`);
  await opened.fill({ '#token': 'guessed' });
  await opened.press('Sign in');
  await opened.fill({ '#token': opened.hub.adminToken });
  await opened.press('Sign in');
  expect(path()).toBe(`/dashboard/sites/${siteId}/books`);
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
