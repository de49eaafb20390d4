// The list of integrations tells at a glance which of them needs somebody, and why.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { makeShop, SHOP, shopKv, TOOLS } from '../support/shop.ts';

let opened: Opened;
beforeAll(async () => {
  opened = await openDashboard(shopKv(Date.now()));
  await makeShop(opened.hub);
  await opened.signIn();
  await opened.go(`/dashboard/sites/${SHOP}/integrations`);
});
afterAll(() => opened.close());

const rows = () => opened.page.$$eval('#integrations tbody tr', (all) => all.map((row) => row.textContent ?? ''));

test('a tool that fails stands first, with its success, what is pending and its last error', async () => {
  const [first, second] = await rows();
  expect(first).toMatch(/^HubSpotFailing.*%/);
  expect(first).toContain('https://hooks.hubspot.com/services/T02');
  expect(first).toContain('Last error: ');
  expect(second).toMatch(/^MailchimpWorking.*100 %/);
  expect(second).not.toContain('Last error');
});

test('what changes meanwhile is seen on the open page', async () => {
  await admin(opened.hub, 'PATCH', `/v1/sites/${SHOP}/integrations/${TOOLS.Slack}`, { enabled: false });
  await opened.page.waitForFunction(
    `document.querySelector('#integrations tbody').textContent.includes('SlackSwitched off')`,
  );
  expect((await rows())[1]).toContain('Slack');
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
