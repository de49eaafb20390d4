// Before many deliveries are sent, the page says how many they are and what would make them fail again.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { fails, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const MANY = 12;
let opened: Opened;
let receiver: Receiver;
let site: string;
let tool: string;
beforeAll(async () => {
  receiver = await new Receiver().start();
  receiver.mood = fails;
  opened = await openDashboard();
  site = await makeSite(opened.hub);
  const made = await integrate(opened.hub, site, receiver.url, { name: 'HubSpot', schedule_seconds: [] });
  tool = made.integration_id;
  await signUps('failed');
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await receiver.stop();
});

/** As many as are told of, and how they ended. */
async function signUps(status: string): Promise<void> {
  await post(
    opened.hub.url,
    site,
    Array.from({ length: MANY }, () => newSignUp()),
  );
  await until(`them to be ${status}`, async () => {
    const path = `/v1/sites/${site}/deliveries?status=${status}&limit=200`;
    return (await admin<{ data: unknown[] }>(opened.hub, 'GET', path)).data.length === MANY;
  });
}
const at = (path: string) => `/dashboard/sites/${site}${path}`;
const mayPress = (name: string) =>
  opened.page.$$eval(
    'button',
    (all, text) => all.some((it) => it.textContent === text && !it.hasAttribute('disabled')),
    name,
  );

test('to a tool that still fails, it says so first, and leads to where that is mended', async () => {
  await opened.go(at(`/integrations/${tool}`));
  await opened.press('Send failed ones again');
  expect(await opened.text('main')).toContain(`${MANY} failed deliveries to HubSpot`);
  expect(await opened.text('.notice')).toMatch(/^HubSpot is failing: The endpoint answered 500.*Mend that first/);
  expect(await mayPress(`Send ${MANY} again`)).toBe(true);
  await opened.press('Mend that first');
  expect(new URL(opened.page.url()).pathname).toBe(at(`/integrations/${tool}`));
});

test('to a tool that is off, it says to switch it on, and does not offer what would be refused', async () => {
  await admin(opened.hub, 'PATCH', `/v1/sites/${site}/integrations/${tool}`, { enabled: false });
  await opened.go(at('/deliveries/replay'));
  expect(await opened.text('.notice')).toBe('HubSpot is switched off. Switch it on first.');
  expect(await mayPress(`Send ${MANY} again`)).toBe(false);
});

test('switching on says how many were skipped meanwhile, before they are sent, also on a page that stood open', async () => {
  await opened.go(at(`/integrations/${tool}`));
  expect(await opened.text('#missed')).toContain('0 events so far');
  await signUps('skipped');
  await opened.page.waitForFunction(`document.querySelector('#missed').textContent.includes('${MANY} events so far')`);
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
