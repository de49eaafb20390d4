// What hubwire is measured against, in the same runtime on the same machine: a Worker that answers 202 to anything,
// one that writes each request to a Durable Object, sharing a commit among those that come within GROUP_MS, and a
// loop that does nothing but fetch, six at a time.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Miniflare } from 'miniflare';

const GROUP_MS = 4;

const SCRIPT = `
import { DurableObject } from 'cloudflare:workers';
const HEADERS = { 'content-type': 'application/json', 'webhook-id': 'bare' };
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
}
export default {
  async fetch(request, env) {
    const body = await request.text();
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/deliver') {
      let left = Number(searchParams.get('count'));
      const one = async () => {
        while (left-- > 0) await (await fetch(searchParams.get('to'), { method: 'POST', body, headers: HEADERS })).text();
      };
      await Promise.all(Array.from({ length: 6 }, one));
    }
    if (pathname === '/row') await env.LOG.getByName('log').append(body);
    return new Response('{}', { status: 202 });
  },
};`;

export async function startBare(): Promise<{ url: string; stop(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'hubwire-bare-'));
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
          env: { LOG: { type: 'durable-object', worker: 'bare', exportName: 'Log' } },
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
