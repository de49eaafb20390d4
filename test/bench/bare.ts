// What hubwire is measured against, in the same runtime on the same machine: a Worker that answers 202 to anything,
// one that writes each request to a Durable Object, sharing a commit among those that come within GROUP_MS, and loops
// that fetch, six at a time: `direct` through a network binding, as hubwire does; `fetch` as any Worker does, which
// miniflare leads through a Worker of its own; `least` does for each what a delivery cannot do without, and keeps nothing.
// `through` is the least way of an event: a row in one object, answered; handed to a second; sent; a row there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';
import { V8_FLAGS } from '../../worker/local/v8-flags.ts';

const GROUP_MS = 4;

const SCRIPT = `
import { DurableObject } from 'cloudflare:workers';
import { createHmac } from 'node:crypto';
const HEADERS = { 'content-type': 'application/json', 'webhook-id': 'bare' };
const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

const plain = (via) => async (to, body) => {
  await (await via.fetch(to, { method: 'POST', body, headers: HEADERS })).text();
};

/** Signed, bounded in time, its answer read no further than is kept. */
const least = (via) => async (to, body, id = 'bare') => {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), 15_000);
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(id + '.' + timestamp + '.' + body);
  const headers = {
    ...HEADERS,
    'webhook-id': id,
    'user-agent': 'bare',
    'webhook-timestamp': timestamp,
    'webhook-signature': 'v1,' + signature.digest('base64'),
  };
  const response = await via.fetch(to, { method: 'POST', redirect: 'manual', signal: limit.signal, body, headers });
  const kept = Object.fromEntries(response.headers);
  const reader = response.body.getReader();
  for (let read = 0; read <= 4_096; ) {
    const { done, value } = await reader.read();
    if (done) break;
    read += value.byteLength;
  }
  clearTimeout(timer);
  return kept;
};

async function loop(one, count, to, body) {
  let left = count;
  const next = async () => {
    while (left-- > 0) await one(to, body);
  };
  await Promise.all(Array.from({ length: 6 }, next));
}

export class Log extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, body TEXT)');
    this.waiting = [];
  }
  append(body) {
    return new Promise((resolve) => {
      this.waiting.push({ body, resolve });
      if (this.waiting.length === 1) setTimeout(() => this.commit(), ${GROUP_MS});
    });
  }
  commit() {
    const group = this.waiting;
    this.waiting = [];
    this.ctx.storage.sql.exec('INSERT INTO log (body) VALUES (?)', JSON.stringify(group.map(({ body }) => body)));
    for (const { resolve } of group) resolve();
  }
  least(...what) {
    return loop(least(this.env.EGRESS), ...what);
  }
  through(events, to) {
    this.ctx.storage.sql.exec('INSERT INTO log (body) VALUES (?)', JSON.stringify(events));
    this.ctx.waitUntil(this.env.LOG.getByName('lane').send(events, to));
  }
  async send(events, to) {
    await Promise.all(events.map((event) => least(this.env.EGRESS)(to, JSON.stringify(event), event.id)));
    this.ctx.storage.sql.exec('INSERT INTO log (body) VALUES (?)', String(events.length));
  }
}

export default {
  async fetch(request, env) {
    const body = await request.text();
    const { pathname, searchParams } = new URL(request.url);
    const what = [Number(searchParams.get('count')), searchParams.get('to'), body];
    if (pathname === '/direct') await loop(plain(env.EGRESS), ...what);
    if (pathname === '/fetch') await loop(plain(globalThis), ...what);
    if (pathname === '/least') await env.LOG.getByName('least').least(...what);
    if (pathname === '/through') await env.LOG.getByName('journal').through(JSON.parse(body).events, what[1]);
    if (pathname === '/row') await env.LOG.getByName('log').append(body);
    return new Response('{}', { status: 202 });
  },
};`;

/** The loops, each a path of its own. */
export const LOOPS = ['direct', 'fetch', 'least'] as const;

export async function startBare(): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'hubwire-bare-'));
  process.env.MINIFLARE_WORKERD_V8_FLAGS ??= V8_FLAGS;
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    logRequests: false,
    resourcePersistencePath: dir,
    workers: [
      {
        config: {
          name: 'bare',
          compatibilityDate: '2026-10-20',
          compatibilityFlags: ['nodejs_compat'],
          manifest: { mainModule: 'bare.js', modules: { 'bare.js': { type: 'esm', contents: SCRIPT } } },
          env: {
            LOG: { type: 'durable-object', worker: 'bare', exportName: 'Log' },
            EGRESS: { type: 'network', allow: ['127.0.0.0/8'] },
          },
          exports: { Log: { type: 'durable-object', storage: 'sqlite' } },
          triggers: [],
        },
        dev: { unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }] },
      },
    ],
  });
  await miniflare.ready;
  const url = String(await miniflare.unsafeGetDirectURL('bare')).replace(/\/$/, '');
  return {
    url,
    async stop() {
      await miniflare.dispose();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
