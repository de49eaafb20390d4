// What cannot be undone is done for a name that is typed, and nothing less.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { fails, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let opened: Opened;
let receiver: Receiver;
let site: string;
beforeAll(async () => {
  receiver = await new Receiver().start();
  receiver.mood = fails;
  opened = await openDashboard();
  site = await makeSite(opened.hub);
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

const alert = () => opened.text('[role=alert]');
const status = () => opened.text('[role=status]');

describe('an integration', () => {
  const name = 'Old  CRM';
  let gone: string;
  beforeAll(async () => {
    gone = (await integrate(opened.hub, site, receiver.url, { name, schedule_seconds: [3_600] })).integration_id;
    await post(opened.hub.url, site, [newSignUp()]);
    await until('a pending delivery', async () => {
      const path = `/v1/sites/${site}/integrations/${gone}/health`;
      return (await admin<{ pending: number }>(opened.hub, 'GET', path)).pending === 1;
    });
  });

  test('is not deleted by a click alone, nor for another name, and it is said what goes with it', async () => {
    await opened.go(`/dashboard/sites/${site}/integrations/${gone}`);
    expect(await opened.text('form.danger')).toContain('1 delivery still pending will not be sent');
    expect(await opened.text('form.danger')).toContain('There is no way back');
    await opened.page.$eval('form.danger', (form) => form.setAttribute('novalidate', ''));
    await opened.press('Delete the integration');
    expect(await alert()).toBe('Type the name of the integration exactly.');
    await opened.fill({ '#typed': 'Old' });
    await opened.press('Delete the integration');
    expect(await alert()).toBe('Type the name of the integration exactly.');
    await admin(opened.hub, 'GET', `/v1/sites/${site}/integrations/${gone}`);
  });

  test('is deleted for its name', async () => {
    await opened.fill({ '#typed': 'Old CRM' });
    await opened.press('Delete the integration');
    expect(await status()).toContain('The integration is deleted');
    expect(await opened.text('main')).not.toContain('Old CRM');
  });
});

describe('a site', () => {
  test('is deleted only for its name, as the page shows it', async () => {
    await admin(opened.hub, 'PATCH', `/v1/sites/${site}`, { site_name: 'My  own   shop' });
    await opened.go(`/dashboard/sites/${site}/settings`);
    await opened.fill({ '#typed': 'Other' });
    await opened.press('Delete the site');
    expect(await alert()).toBe('Type the name of the site exactly.');
    const shown = await opened.page.$eval(
      'label[for=typed]',
      (label) => (label as unknown as { innerText: string }).innerText,
    );
    await opened.fill({ '#typed': /^Type (.+) to confirm$/.exec(shown)?.[1] ?? '' });
    await opened.press('Delete the site');
    expect(await status()).toContain('The site is deleted');
    expect(await opened.text('main')).toContain('No site yet');
  });
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
