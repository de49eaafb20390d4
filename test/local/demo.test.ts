import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, test } from 'vitest';
import { createApp } from '../../worker/local/demo/app.ts';
import { Inbox } from '../../worker/local/demo/inbox.ts';
import { INBOX_MAX, WEBHOOK_BYTES_MAX } from '../../worker/local/limits.ts';
import { until } from '../support/until.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const ORIGIN = 'http://127.0.0.1:8788';

let app: ReturnType<typeof createApp>;
let secret: string | undefined;
let enabled: number;

beforeEach(() => {
  secret = SECRET;
  enabled = 0;
  app = createApp({
    inbox: new Inbox(),
    collectorUrl: 'http://127.0.0.1:8787',
    secret: () => secret,
    enable: async () => {
      enabled += 1;
    },
  });
});

function webhook(fields: Record<string, string> = {}, signedWith = SECRET, attempt = 1): [string, RequestInit] {
  const body = JSON.stringify({ id: 'an-id', event: 'SignUpSuccess', ...fields });
  const now = new Date();
  const headers = {
    'webhook-id': 'an-id',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(signedWith).sign('an-id', now, body),
    'hubwire-attempt': String(attempt),
  };
  return ['/webhook', { method: 'POST', body, headers }];
}
const text = async (path: string) => (await app.request(path)).text();
const set = (mode: string, origin = ORIGIN) =>
  app.request(`${ORIGIN}/receiver/mode`, {
    method: 'POST',
    body: new URLSearchParams({ mode }),
    headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
  });

describe('the demo receiver', () => {
  test('answers 200 to a webhook signed with the secret, and shows it as verified', async () => {
    expect((await app.request(...webhook({ email: 'joe@bloggs.com' }))).status).toBe(200);
    const page = await text('/receiver');
    expect(page).toContain('✓ signature verified');
    expect(page).toContain('joe@bloggs.com');
  });

  test('answers 401 to a webhook signed with another secret, and shows why it was refused', async () => {
    expect((await app.request(...webhook({}, OTHER_SECRET))).status).toBe(401);
    const page = await text('/receiver');
    expect(page).toContain('✗ signature refused');
    expect(page).toContain('No matching signature found');
    expect(page).not.toContain('✓ signature verified');
  });

  test('answers 401 to a webhook without a signature', async () => {
    const response = await app.request('/webhook', { method: 'POST', body: '{"event":"SignUpSuccess"}' });
    expect(response.status).toBe(401);
  });

  test('refuses a body that was changed after signing', async () => {
    const [path, init] = webhook({ plan: 'gold' });
    expect((await app.request(path, { ...init, body: String(init.body).replace('gold', 'lead') })).status).toBe(401);
  });

  test('asks to be called again while it does not know its secret', async () => {
    secret = undefined;
    const response = await app.request(...webhook());
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  });

  test('shows values as text, whatever they hold', async () => {
    await app.request(...webhook({ first_name: '<img src=x onerror=alert(1)></pre><script>alert(2)</script>' }));
    const page = await text('/receiver');
    expect(page).not.toContain('<img');
    expect(page).not.toContain('<script>alert');
    expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;');
  });

  test('shows what is not JSON as it came', async () => {
    await app.request('/webhook', { method: 'POST', body: '<b>no json</b>' });
    expect(await text('/receiver')).toContain('&lt;b&gt;no json&lt;/b&gt;');
  });

  test('keeps the last 200 and forgets the oldest', async () => {
    for (let n = 1; n <= INBOX_MAX + 1; n++) await app.request(...webhook({ number: `n${n}` }));
    const page = await text('/receiver');
    expect(page.match(/class="hook"/g)).toHaveLength(INBOX_MAX);
    expect(page).not.toContain('"n1"'.replaceAll('"', '&quot;'));
    expect(page).toContain(`"n${INBOX_MAX + 1}"`.replaceAll('"', '&quot;'));
  });

  test('refuses a body beyond any webhook', async () => {
    const body = 'x'.repeat(WEBHOOK_BYTES_MAX + 1);
    expect((await app.request('/webhook', { method: 'POST', body })).status).toBe(413);
  });

  test('shows one kind of event when asked', async () => {
    await app.request(...webhook());
    await app.request(...webhook({ event: 'WebhookSuccess' }));
    const page = await text('/receiver?event=WebhookSuccess');
    expect(page.match(/class="hook" data-event="(\w+)"/g)).toEqual(['class="hook" data-event="WebhookSuccess"']);
  });
});

describe('its switch', () => {
  test('makes it fail, and the attempt that follows is shown with its number', async () => {
    expect((await set('fail')).status).toBe(303);
    expect((await app.request(...webhook())).status).toBe(500);
    expect((await set('ok')).status).toBe(303);
    expect((await app.request(...webhook({}, SECRET, 2))).status).toBe(200);
    const page = await text('/receiver');
    expect(page).toContain('answered 500');
    expect(page).toContain('attempt 2');
  });

  test('makes it hang until it is switched again', async () => {
    await set('hang');
    let answered = false;
    const hanging = Promise.resolve(app.request(...webhook())).finally(() => {
      answered = true;
    });
    await until('the webhook to be shown', async () => (await text('/receiver')).includes('no answer'));
    expect(answered).toBe(false);
    await set('ok');
    expect((await hanging).status).toBe(500);
  });

  test('makes it answer 410, and enables the integration again afterwards', async () => {
    await set('gone');
    expect((await app.request(...webhook())).status).toBe(410);
    expect(enabled).toBe(0);
    await set('ok');
    expect(enabled).toBe(1);
  });

  test('refuses an unknown position and a foreign page', async () => {
    expect((await set('explode')).status).toBe(422);
    expect((await set('fail', 'https://evil.example')).status).toBe(403);
    expect((await app.request(...webhook())).status).toBe(200);
  });
});

describe('its stream', () => {
  test('sends what came since, then each webhook as it comes', async () => {
    await app.request(...webhook({ number: 'first' }));
    const leave = new AbortController();
    const response = await app.request('/receiver/stream?after=0', { signal: leave.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    if (!reader) throw new Error('no stream');
    let came = '';
    const readUntil = async (words: string) => {
      while (!came.includes(words)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before ${words}`);
        came += value;
      }
    };
    await readUntil('first');
    await app.request(...webhook({ number: 'second' }));
    await readUntil('second');
    expect(came.match(/^id: \d+$/gm)).toHaveLength(2);
    await reader.cancel();
  });
});

describe('its pages', () => {
  test('carry a policy that forbids inline code, and keep to it', async () => {
    for (const path of ['/', '/welcome', '/receiver']) {
      const response = await app.request(path);
      const policy = response.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toContain('unsafe');
      expect(await response.text()).not.toMatch(/<script(?![^>]*src=)|<style| style=| on\w+=/);
    }
  });

  test('hold a form that a tracker may take everything from but the password', async () => {
    const page = await text('/');
    expect(page).toContain('data-hub-signup');
    for (const name of ['first_name', 'email', 'plan', 'optin']) expect(page).toContain(`name="${name}"`);
    expect(page).toMatch(/name="password" type="password"/);
  });

  test('lead from the sign-up to the welcome page', async () => {
    const response = await app.request('/signup', { method: 'POST', body: new URLSearchParams({ email: 'a@b.c' }) });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/welcome']);
  });
});
