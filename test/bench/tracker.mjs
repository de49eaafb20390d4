// What the tracker costs the page, beside umami's, plausible's and segment's scripts in one run: node test/bench/tracker.mjs
// Each is loaded by a fresh document of Chromium, as its documentation says, in turns; the figure is the time for which
// its evaluation, up to the beacon, holds the main thread (segment does most in later tasks, which are not in it).
// `bare` is the floor of anything that keeps an event before it sends it: one value read from storage, two written,
// random bytes, one fetch. Ratios hold, milliseconds are this machine's. No debugger is attached meanwhile: with one,
// each fetch also captures a stack of its callers, which costs the longer script more.
// The others come from the npm registry when this runs; umami's is built from the source in its package.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { measure } from '../../client/build.mjs';
import { launchChromium } from '../support/chromium.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 40);
const PACKAGES = ['umami@2.10.0', '@plausible-analytics/tracker@0.4.6', '@segment/analytics-next@1.84.3'];
const SITE = '2d5776b8-158a-4216-aaa1-edbc249e005b';

const work = mkdtempSync(join(tmpdir(), 'trackers-'));

/** Unpacks a package; returns its folder. */
function unpack(name) {
  const to = mkdtempSync(join(work, 'package-'));
  execFileSync('npm', ['pack', name, '--pack-destination', to], { stdio: ['ignore', 'ignore', 'ignore'] });
  const [archive] = readdirSync(to);
  execFileSync('tar', ['xzf', join(to, archive), '-C', to]);
  return join(to, 'package');
}

/** One script of a page, as its documentation says. */
async function bundle(contents, resolveDir, define = {}) {
  const options = { bundle: true, minify: true, format: 'iife', write: false };
  const result = await build({ stdin: { contents, resolveDir }, define, ...options });
  return result.outputFiles[0].text;
}

async function scripts(origin) {
  const [umami, plausible, segment] = PACKAGES.map(unpack);
  return [
    ['hubwire', (await measure()).code.toString(), { 'data-site': SITE, 'data-collector': origin }],
    [
      'umami',
      await bundle(`import '${umami}/src/tracker/index.js'`, umami, {
        __COLLECT_API_HOST__: '""',
        __COLLECT_API_ENDPOINT__: '"/api/send"',
        'process.env.COLLECT_API_HOST': '""',
        'process.env.COLLECT_API_ENDPOINT': '"/api/send"',
      }),
      { 'data-website-id': SITE, 'data-host-url': origin },
    ],
    [
      'plausible',
      await bundle(
        `import { init } from '${plausible}/plausible.js'; init({ domain: 'example.com', endpoint: '${origin}/p', captureOnLocalhost: true })`,
        plausible,
      ),
      {},
    ],
    [
      'segment',
      `${readFileSync(join(segment, 'dist/umd/index.js'), 'utf8')};
      AnalyticsNext.AnalyticsBrowser.load({ writeKey: 'k', cdnURL: '${origin}', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'k', apiHost: '${origin.replace('http://', '')}/s', protocol: 'http' } }, plan: {} } }).page()`,
      {},
    ],
    [
      'bare',
      `(()=>{localStorage.e=localStorage.s||"{}";localStorage.s="{}";crypto.getRandomValues(new Uint8Array(36));
      fetch("${origin}/v1/events",{method:"POST",body:JSON.stringify({url:location.href,title:document.title}),keepalive:true,credentials:"omit"})})()`,
      {},
    ],
  ];
}

/** Loads the script, waits until the server has its beacon, then tells and goes on to the next page. */
const page = (name, attributes) => `<!doctype html><title>bench</title><script>
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

const quantile = (numbers, part) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * part)];
const HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*',
  'cache-control': 'no-store',
  // Finer clocks: https://developer.mozilla.org/docs/Web/API/Performance_API/High_precision_timing
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

let all;
let turn = 0;
let view = { requests: 0, body: 0, head: 0 };
const results = new Map();
const finished = Promise.withResolvers();

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const path = request.url.split('?')[0];
  const answer = (type, text, status = 200) =>
    response.writeHead(status, { ...HEADERS, 'content-type': type }).end(text);
  if (path === '/page') {
    const [name, , attributes] = all[turn % all.length];
    view = { requests: 0, body: 0, head: 0 };
    answer('text/html', page(name, attributes));
  } else if (path.startsWith('/script/')) {
    const [, code] = all.find(([name]) => path.endsWith(name));
    // A compile hint counts in the first line only.
    const [, hint = '', rest] = /^(\/\/#.*\n)?([\s\S]*)$/.exec(code);
    answer('text/javascript', `${hint}__from=performance.now();${rest}\n;__took=performance.now()`);
  } else if (path === '/sent') {
    const end = Date.now() + 1_500;
    while (!view.requests && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    // What a script asks for in one go comes together.
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer('text/plain', '');
  } else if (path === '/result') {
    const [name] = all[turn % all.length];
    results.get(name).push({ ...JSON.parse(body), ...view });
    turn += 1;
    answer('text/plain', '');
    if (process.stderr.isTTY) process.stderr.write(`\r${turn} of ${ROUNDS * all.length} pages `);
    if (turn === ROUNDS * all.length) finished.resolve();
  } else {
    view.requests += 1;
    view.body += body.length;
    view.head += `${request.method} ${request.url}${request.rawHeaders.join('    ')}`.length;
    if (request.method === 'POST') answer('application/json', '{"accepted":1,"duplicate":0,"rejected":[]}', 202);
    else answer('text/html', '<!doctype html><title>bench</title>', path === '/start' ? 200 : 404);
  }
}).listen(0, '127.0.0.1', async () => {
  const origin = `http://localhost:${server.address().port}`;
  all = await scripts(origin);
  for (const [name] of all) results.set(name, []);
  const browser = await launchChromium();
  const child = browser.process();
  try {
    const tab = await browser.newPage();
    await tab.goto(`${origin}/start`);
    await tab.evaluate(`void setTimeout(() => { location = '/page' }, 500)`);
    await browser.disconnect();
    const ended = once(child, 'exit').then(() => {
      throw new Error(`The browser ended after ${turn} pages: run it again.`);
    });
    await Promise.race([finished.promise, ended]);
    if (process.stderr.isTTY) process.stderr.write('\r');
    const times = (name) => results.get(name).map(({ took }) => took);
    const row = ([name, code]) => {
      const of = (what) => results.get(name).map((result) => result[what]);
      const against = (part) => Number((quantile(times(name), part) / quantile(times('umami'), part)).toFixed(2));
      return {
        'brotli bytes': brotliCompressSync(code).length,
        'evaluation ms, median': Number(quantile(times(name), 0.5).toFixed(2)),
        '× umami': against(0.5),
        '× umami, undisturbed (first quarter)': against(0.25),
        'long tasks': of('tasks').reduce((sum, tasks) => sum + tasks, 0),
        'requests a view': quantile(of('requests'), 0.5),
        'body bytes a view': quantile(of('body'), 0.5),
        'wire bytes a view, up': quantile(of('body'), 0.5) + quantile(of('head'), 0.5),
      };
    };
    console.table(Object.fromEntries(all.map((script) => [script[0], row(script)])));
  } finally {
    child.kill();
    server.close();
    server.closeAllConnections();
    rmSync(work, { recursive: true, force: true });
  }
});
