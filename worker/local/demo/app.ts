// The demo's routes: the sign-up page, where it leads, and the receiver.
// Owns bodies' bounds, headers and the receiver's switch; leaves pages to *-page.ts and judging to receive.ts.
// Trade-off: no account, no cookie, no storage: a sign-up here is forgotten the moment it was answered.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import { HANG_MS, SIGNUP_BYTES_MAX, STREAM_PING_MS, WEBHOOK_BYTES_MAX } from '../limits.ts';
import type { Inbox } from './inbox.ts';
import { MODES, type Mode, receive } from './receive.ts';
import { receivedCard, receiverPage } from './receiver-page.ts';
import { signUpPage, welcomePage } from './sign-up-page.ts';

const FILES = [
  ['base.css', 'text/css'],
  ['shop.css', 'text/css'],
  ['receiver.css', 'text/css'],
  ['live.js', 'text/javascript'],
] as const;
const asset = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

/** All of the demo as one hono app. */
export function createApp(at: {
  inbox: Inbox;
  collectorUrl: string;
  secret: () => string | undefined;
  enable: () => Promise<void>;
}): Hono {
  const app = new Hono();
  let mode: Mode = 'ok';
  let unhang = new AbortController();

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'", at.collectorUrl],
        connectSrc: ["'self'", at.collectorUrl],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'strict-origin-when-cross-origin',
      // The demo speaks plain http on purpose.
      strictTransportSecurity: false,
    }),
  );

  app.get('/', (c) => c.html(signUpPage(at.collectorUrl)));
  app.post('/signup', limited(SIGNUP_BYTES_MAX), (c) => c.redirect('/welcome', 303));
  app.get('/welcome', (c) => c.html(welcomePage(at.collectorUrl)));
  for (const [name, type] of FILES) {
    app.get(`/${name}`, (c) => c.body(asset(name), 200, { 'content-type': `${type}; charset=utf-8` }));
  }

  app.post('/webhook', limited(WEBHOOK_BYTES_MAX), async (c) => {
    const secret = at.secret();
    if (secret === undefined) return c.text('The demo is not set up yet.', 503, { 'retry-after': '1' });
    const received = receive(await c.req.text(), c.req.raw.headers, secret, mode, new Date());
    at.inbox.add(received);
    if (received.answer !== null) return c.text(received.problem ?? '', received.answer);
    await hang(AbortSignal.any([c.req.raw.signal, unhang.signal, AbortSignal.timeout(HANG_MS)]));
    return c.text('The receiver was hanging.', 500);
  });

  app.get('/receiver', (c) =>
    c.html(receiverPage({ items: at.inbox.newerThan(0), event: c.req.query('event') ?? null, mode })),
  );
  app.use('/receiver/*', csrf());
  app.post('/receiver/mode', limited(SIGNUP_BYTES_MAX), async (c) => {
    const wanted = (await c.req.parseBody()).mode;
    const next = MODES.find((known) => known === wanted);
    if (next === undefined) return c.text(`mode must be one of ${MODES.join(', ')}`, 422);
    mode = next;
    unhang.abort();
    unhang = new AbortController();
    // hubwire takes a 410 at its word and disables the integration, at once or when the next retry meets it.
    if (next !== 'gone') await at.enable();
    return c.redirect('/receiver', 303);
  });
  app.post('/receiver/clear', (c) => {
    at.inbox.clear();
    return c.redirect('/receiver', 303);
  });

  app.get('/receiver/stream', (c) => {
    const event = c.req.query('event') ?? null;
    let seen = Number(c.req.header('last-event-id') ?? c.req.query('after')) || 0;
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      while (!gone.signal.aborted && !at.inbox.closed) {
        const news = at.inbox.newerThan(seen);
        for (const item of news) {
          seen = item.seq;
          if (event !== null && item.event !== event) continue;
          await stream.writeSSE({ id: String(item.seq), data: String(await receivedCard(item)) });
        }
        if (news.length > 0) continue;
        const rang = await at.inbox.ring(AbortSignal.any([gone.signal, AbortSignal.timeout(STREAM_PING_MS)]));
        if (!rang) await stream.write(': still here\n\n');
      }
    });
  });
  return app;
}

const limited = (maxSize: number) =>
  bodyLimit({ maxSize, onError: (c: Context) => c.text(`At most ${maxSize} bytes.`, 413) });

function hang(until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (until.aborted) resolve();
    until.addEventListener('abort', () => resolve(), { once: true });
  });
}
