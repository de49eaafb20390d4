// What the tracker costs the page, beside umami's, plausible's and segment's scripts (trackers.ts) in one run.
// Each is loaded by a fresh document of Chromium, in turns; the figure is the time for which its evaluation, up to the
// beacon, holds the main thread (segment does most in later tasks, which are not in it).
// Ratios hold, milliseconds are this machine's. No debugger is attached meanwhile: with one, each fetch also captures a
// stack of its callers, which costs the longer script more.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { launchChromium } from '../support/chromium.ts';
import { part } from './part.ts';
import { quantile } from './table.ts';
import { type Script, trackers } from './trackers.ts';

type View = { requests: number; body: number; head: number };
type Result = View & { took: number; tasks: number };

const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'cache-control': 'no-store',
  // Finer clocks: https://developer.mozilla.org/docs/Web/API/Performance_API/High_precision_timing
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/** Loads the script, waits until the server has its beacon, then tells and goes on to the next page. */
const page = ({ name, attributes }: Script) => `<!doctype html><title>bench</title><script>
let tasks = 0;
new PerformanceObserver((list) => { tasks += list.getEntries().length }).observe({ type: 'longtask' });
onload = () => setTimeout(() => {
  const tag = document.createElement('script');
  for (const [key, value] of Object.entries(${JSON.stringify(attributes)})) tag.setAttribute(key, value);
  tag.async = true;
  tag.src = '/script/${name}';
  tag.onload = async () => {
    await fetch('/sent');
    await fetch('/result', { method: 'POST', body: JSON.stringify({ took: __took - __from, tasks }) });
    location = '/page?' + Math.random();
  };
  document.head.append(tag);
}, 20)</script>`;

/** Serves the pages in turns and takes what they tell, until each script had its rounds. */
class Track {
  readonly results = new Map<string, Result[]>();
  readonly finished = Promise.withResolvers<void>();
  scripts: Script[] = [];
  turn = 0;
  #view: View = { requests: 0, body: 0, head: 0 };
  readonly #rounds: number;
  readonly server = createServer((request, response) => this.#serve(request, response));

  constructor(rounds: number) {
    this.#rounds = rounds;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const path = request.url?.split('?')[0] ?? '/';
    const answer = (type: string, text: string, status = 200) =>
      response.writeHead(status, { ...HEADERS, 'content-type': type }).end(text);
    const current = this.scripts[this.turn % this.scripts.length];
    if (path === '/page' && current) {
      this.#view = { requests: 0, body: 0, head: 0 };
      answer('text/html', page(current));
    } else if (path.startsWith('/script/')) {
      const code = this.scripts.find(({ name }) => path.endsWith(name))?.code ?? '';
      // A compile hint counts in the first line only.
      const [, hint = '', rest] = /^(\/\/#.*\n)?([\s\S]*)$/.exec(code) ?? [];
      answer('text/javascript', `${hint}__from=performance.now();${rest}\n;__took=performance.now()`);
    } else if (path === '/sent') {
      const end = Date.now() + 1_500;
      while (!this.#view.requests && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
      // What a script asks for in one go comes together.
      await new Promise((resolve) => setTimeout(resolve, 20));
      answer('text/plain', '');
    } else if (path === '/result' && current) {
      const known = this.results.get(current.name) ?? [];
      this.results.set(current.name, [...known, { ...JSON.parse(body.toString()), ...this.#view }]);
      this.turn += 1;
      answer('text/plain', '');
      if (this.turn === this.#rounds * this.scripts.length) this.finished.resolve();
    } else {
      this.#view.requests += 1;
      this.#view.body += body.length;
      this.#view.head += `${request.method} ${request.url}${request.rawHeaders.join('    ')}`.length;
      if (request.method === 'POST') answer('application/json', '{"accepted":1,"duplicate":0,"rejected":[]}', 202);
      else answer('text/html', '<!doctype html><title>bench</title>', path === '/start' ? 200 : 404);
    }
  }
}

await part('tracker', async (bench) => {
  const rounds = bench.pick(60, 10);
  const work = mkdtempSync(join(tmpdir(), 'trackers-'));
  const track = new Track(rounds);
  track.server.listen(0, '127.0.0.1');
  await once(track.server, 'listening');
  const origin = `http://localhost:${(track.server.address() as AddressInfo).port}`;
  bench.say('fetching and building the other scripts');
  track.scripts = await trackers(origin, work);
  const browser = await launchChromium();
  const child = browser.process();
  const progress = setInterval(() => bench.say(`${track.turn} of ${rounds * track.scripts.length} pages`), 10_000);
  try {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/start`);
    await tab.evaluate(`void setTimeout(() => { location = '/page' }, 500)`);
    await browser.disconnect();
    const ended = new Promise<never>((_, reject) =>
      child?.once('exit', () => reject(new Error(`The browser ended after ${track.turn} pages: run it again.`))),
    );
    await Promise.race([track.finished.promise, ended]);
  } finally {
    clearInterval(progress);
    child?.kill();
    track.server.close();
    track.server.closeAllConnections();
    rmSync(work, { recursive: true, force: true });
  }
  const of = (name: string, what: keyof Result) => (track.results.get(name) ?? []).map((result) => result[what]);
  const against = (name: string, part: number) =>
    quantile(of(name, 'took'), part) / quantile(of('umami', 'took'), part);
  bench.table(
    `Evaluation up to the beacon, ${rounds} pages each`,
    track.scripts.map(({ name, code }) => ({
      script: name,
      'brotli bytes': brotliCompressSync(code).length,
      'median ms': quantile(of(name, 'took'), 0.5),
      '× umami': against(name, 0.5),
      '× umami, first quarter': against(name, 0.25),
      'long tasks': of(name, 'tasks').reduce((sum, tasks) => sum + tasks, 0),
      requests: quantile(of(name, 'requests'), 0.5),
      'body bytes': quantile(of(name, 'body'), 0.5),
      'wire bytes, up': quantile(of(name, 'body'), 0.5) + quantile(of(name, 'head'), 0.5),
    })),
  );
  bench.goal('evaluation', against('hubwire', 0.5));
});
