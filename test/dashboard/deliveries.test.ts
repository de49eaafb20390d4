import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Opened, openDashboard } from '../support/dashboard.ts';
import { fails, Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

type Row = { event_id: string; status: string };

const MANY = 130;
let opened: Opened;
let good: Receiver;
let bad: Receiver;
let site: string;
let badId: string;
const special = newSignUp({ fields: { email: 'zoe@example.com' }, attributes: { utm_source: 'spring' } });
beforeAll(async () => {
  [good, bad] = await Promise.all([new Receiver().start(), new Receiver().start()]);
  bad.mood = (_, response) => response.writeHead(401, { 'set-cookie': 'sid=1' }).end('{"access_token":"s3cr3t"}');
  opened = await openDashboard();
  site = await makeSite(opened.hub);
  await integrate(opened.hub, site, good.url, { name: 'Mailchimp' });
  ({ integration_id: badId } = await integrate(opened.hub, site, bad.url, { name: 'HubSpot', schedule_seconds: [] }));
  for (let sent = 0; sent < MANY - 1; sent += 43)
    await post(
      opened.hub.url,
      site,
      Array.from({ length: 43 }, () => newSignUp()),
    );
  await post(opened.hub.url, site, [special]);
  await until('all to end', async () => {
    const rows = await rowsOf('?status=pending');
    return rows.length === 0 && (await rowsOf(`?integration_id=${badId}&status=failed`)).length === MANY;
  });
  await opened.signIn();
});
afterAll(async () => {
  await opened.close();
  await Promise.all([good.stop(), bad.stop()]);
});

const rowsOf = async (query: string): Promise<Row[]> =>
  (await admin<{ data: Row[] }>(opened.hub, 'GET', `/v1/sites/${site}/deliveries${query}${query ? '&' : '?'}limit=200`))
    .data;
const at = (path = '') => `/dashboard/sites/${site}/deliveries${path}`;
const rows = () => opened.page.$$eval('#deliveries tbody tr', (all) => all.map((row) => row.textContent ?? ''));

describe('the list of deliveries', () => {
  test('shows the newest first and pages to the oldest, each once', async () => {
    await opened.go(at());
    const seen: string[] = [];
    for (;;) {
      const links = await opened.page.$$eval('#deliveries th a', (all) =>
        all.map((link) => link.getAttribute('href') ?? ''),
      );
      seen.push(...links);
      if ((await opened.page.$$eval('.pager a', (all) => all.map((link) => link.textContent))).at(-1) !== 'Older →')
        break;
      await opened.press('Older →');
    }
    expect(new Set(seen).size).toBe(2 * MANY);
    expect(seen.length).toBe(2 * MANY);
    expect(seen.slice(0, 2).every((link) => link.includes(special.id))).toBe(true);
  });

  test('is narrowed by state, integration, event and time, in an address to pass on', async () => {
    await opened.go(at('?status=failed&within=24h'));
    expect((await rows()).every((row) => row.includes('HubSpot') && row.includes('Failed'))).toBe(true);
    await opened.go(at('?event=SiteViewed'));
    expect(await opened.text('#deliveries')).toContain('Nothing matches');
    await opened.go(at());
    await Promise.all([opened.page.waitForNavigation(), opened.page.select('#integration_id', badId)]);
    expect(opened.page.url()).toContain(badId);
    expect((await rows()).length).toBe(50);
  });

  test('is narrowed by the keyboard alone, which passes other choices on its way', async () => {
    await opened.go(at());
    await opened.page.focus('#status');
    for (let i = 0; i < 4; i++) await opened.page.keyboard.press('ArrowDown');
    expect(await opened.page.$eval('#status option:checked', (option) => option.textContent)).toBe('Failed');
    await opened.press('Filter');
    expect(new URL(opened.page.url()).searchParams.get('status')).toBe('failed');
  });

  test('finds an event by its id, at every tool that it went to', async () => {
    await opened.go(at());
    await opened.fill({ '#search': special.id });
    await opened.press('Filter');
    expect((await rows()).map((row) => /Mailchimp|HubSpot/.exec(row)?.[0]).sort()).toEqual(['HubSpot', 'Mailchimp']);
    await opened.go(at(`?search=${crypto.randomUUID()}`));
    expect(await opened.text('#deliveries')).toContain('No delivery of this event');
    await opened.go(at('?search=nonsense'));
    expect(await opened.text('#deliveries')).toContain('No delivery of this event');
  });

  test('is downloaded whole as CSV', async () => {
    await opened.go(at());
    const lines = (await opened.page.evaluate(`fetch('${at('.csv')}').then((response) => response.text())`)) as string;
    const [head, ...body] = lines.trim().split('\r\n');
    expect(head).toBe(
      'event_id,integration_id,integration,event,status,attempts,created_at,next_attempt_at,last_error',
    );
    expect(body.length).toBe(2 * MANY);
    expect(body.filter((line) => line.includes(',failed,')).length).toBe(MANY);
  });
});

describe('one delivery', () => {
  test('leads back to the list as it was left: the same filters, the same page', async () => {
    await opened.go(at(`?status=failed&integration_id=${badId}`));
    await opened.press('Older →');
    const left = await rows();
    await opened.page.$eval('#deliveries th a', (link) => link.setAttribute('aria-label', 'First of the page'));
    await opened.press('First of the page');
    await opened.press('Show values');
    await opened.press('← Deliveries');
    expect(new URL(opened.page.url()).searchParams.get('status')).toBe('failed');
    expect(await rows()).toEqual(left);
  });

  test('says what is wrong and what to do, and shows every attempt, masked', async () => {
    await opened.go(at(`/${special.id}/${badId}`));
    const page = await opened.text('main');
    expect(page).toContain('The endpoint answered 401: it does not know who is calling. Check the signing secret');
    expect(page).toContain('"utm_source": "spring"');
    expect(page).toContain('set-cookie: ••••••');
    expect(page).not.toMatch(/zoe@example\.com|s3cr3t|sid=1/);
  });

  test('leads to the integration, where what is wrong is mended', async () => {
    await opened.press('HubSpot');
    expect(new URL(opened.page.url()).pathname).toBe(`/dashboard/sites/${site}/integrations/${badId}`);
  });

  test('that was skipped because its tool is off says that it was not tried, and what is to be done first', async () => {
    const [other, missed] = [await makeSite(opened.hub), newSignUp()];
    const { integration_id } = await integrate(opened.hub, other, good.url, { name: 'Slack', enabled: false });
    await post(opened.hub.url, other, [missed]);
    const path = `/sites/${other}/deliveries/${missed.id}/${integration_id}`;
    await until('the skip', async () => (await admin<Row>(opened.hub, 'GET', `/v1${path}`)).status === 'skipped');
    await opened.go(`/dashboard${path}`);
    expect(await opened.text('main')).toContain('No attempt');
    expect(await opened.text('main')).not.toMatch(/No attempt yet|Send again/);
    await opened.press('Switch it on to send');
    await opened.press('Switch on');
    await opened.go(at(`/${special.id}/${badId}`));
  });

  test('shows values to an admin who asks', async () => {
    await opened.press('Show values');
    expect(await opened.text('[data-copy="the payload"]')).toContain('zoe@example.com');
  });

  test('hides them from a viewer who knows the address', async () => {
    const { path } = await admin<{ path: string }>(opened.hub, 'POST', `/v1/sites/${site}/view-links`, { name: 'Ann' });
    const cookie = (await fetch(opened.hub.url + path)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await fetch(`${opened.hub.url}${at(`/${special.id}/${badId}`)}?show=values`, { headers: { cookie } });
    expect(page.status).toBe(200);
    expect(await page.text()).not.toMatch(/zoe@example\.com|Send again/);
  });

  test('is sent again with a click, with the same id, and turns good on the open page', async () => {
    bad.mood = works;
    bad.hooks.length = 0;
    await opened.go(at(`/${special.id}/${badId}?status=failed`));
    await opened.press('Send again');
    expect(new URL(opened.page.url()).search).toBe('?status=failed&done=replayed');
    expect(await opened.text('[role=status]')).toContain('It is sent again now');
    await until('the replay', () => bad.ids.has(special.id));
    await opened.page.waitForFunction(`document.querySelector('#delivery').textContent.includes('Succeeded')`);
  });

  test('whose person is erased says so and is not offered again, nor sent from a page opened before', async () => {
    const [other, gone] = [await makeSite(opened.hub), newSignUp()];
    const { integration_id } = await integrate(opened.hub, other, good.url);
    await post(opened.hub.url, other, [gone]);
    const path = `/sites/${other}/deliveries/${gone.id}/${integration_id}`;
    await until('its end', async () => {
      const { status } = await admin<Row>(opened.hub, 'GET', `/v1${path}`);
      return status === 'succeeded';
    });
    await opened.go(`/dashboard${path}`);
    await admin(opened.hub, 'DELETE', `/v1/sites/${other}/sessions/${gone.user_session_id}`);
    await opened.press('Send again');
    expect(await opened.text('[role=alert]')).toBe("Its content was erased with its person: it can't be sent again.");
    const page = await opened.text('main');
    expect(page).toContain('ErasedIts content was erased');
    expect(page).not.toMatch(/Send again|Show values|are masked/);
  });

  test('that does not exist is told as such', async () => {
    expect(await opened.go(at(`/${crypto.randomUUID()}/${badId}`))).toBe(404);
    expect(await opened.text('h1')).toBe('There is no such delivery');
  });
});

describe('sending all failed ones again', () => {
  test('to an integration that was disabled meanwhile counts them, and says what is to be done first', async () => {
    const path = `/v1/sites/${site}/integrations/${badId}`;
    await opened.go(at(`/replay?integration_id=${badId}&within=1h`));
    await admin(opened.hub, 'PATCH', path, { enabled: false });
    await opened.press(`Send ${MANY - 1} again`);
    expect(await opened.text('[role=alert]')).toBe('The integration is disabled. Enable it, then send again.');
    expect(await opened.text('main')).toContain(`${MANY - 1} failed deliveries to HubSpot`);
    await admin(opened.hub, 'POST', `${path}/enable`);
  });

  test('counts them first, and sends each once', async () => {
    bad.hooks.length = 0;
    await opened.go(at(`/replay?integration_id=${badId}&within=1h`));
    expect(await opened.text('main')).toContain(`${MANY - 1} failed deliveries to HubSpot`);
    expect(bad.hooks.length).toBe(0);
    await opened.press(`Send ${MANY - 1} again`);
    await until('all to be sent', () => bad.ids.size === MANY - 1, 40_000);
    expect(bad.hooks.length).toBe(MANY - 1);
    await opened.go(at(`/replay?integration_id=${badId}`));
    expect(await opened.text('main')).toContain('Nothing to send');
  });
});

describe('the books page', () => {
  test('shows the sums that the API gives, and that they balance', async () => {
    bad.mood = fails;
    await opened.go(`/dashboard/sites/${site}/books`);
    const page = await opened.text('main');
    expect(page).toContain('The books balance: nothing is lost.');
    expect(page).toContain(`${MANY} + 0 + 0 + 0 = ${MANY}`);
    const csv = (await opened.page.evaluate(
      `fetch('/dashboard/sites/${site}/books.csv').then((response) => response.text())`,
    )) as string;
    expect(csv).toContain(`Mailchimp,SignUpSuccess,${MANY},${MANY},0,0,0,true`);
  });
});

test('nothing was asked of another host, and no console complained', () => {
  expect(opened.problems).toEqual([]);
});
