// What the tracker costs the page, beside umami's, plausible's and segment's scripts in one run: node test/bench/tracker.mjs
// Each script is evaluated in a fresh document of Chromium after `load`, in turns; the figure is the time that the
// evaluation holds the main thread, and what one page view sends. Ratios hold, milliseconds are this machine's.
// The others come from the npm registry when this runs; umami's is built from the source in its package.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { measure } from '../../client/build.mjs';
import { launchChromium } from '../support/chromium.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 60);
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
  const result = await build({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: 'iife',
    define,
    write: false,
  });
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
  ];
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

let sent = [];
const server = createServer(async (request, response) => {
  let bytes = 0;
  for await (const part of request) bytes += part.length;
  if (request.method === 'POST') sent.push(bytes);
  response.writeHead(request.method === 'POST' ? 202 : 200, {
    'content-type': request.method === 'POST' ? 'application/json' : 'text/html',
    'access-control-allow-origin': '*',
    'access-control-allow-headers': '*',
    // Finer clocks: https://developer.mozilla.org/docs/Web/API/Performance_API/High_precision_timing
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  response.end(
    request.method === 'POST' ? '{"accepted":1,"duplicate":0,"rejected":[]}' : '<!doctype html><title>bench</title>',
  );
}).listen(0, '127.0.0.1', async () => {
  const origin = `http://localhost:${server.address().port}`;
  const browser = await launchChromium();
  try {
    const all = await scripts(origin);
    const results = new Map(all.map(([name]) => [name, { times: [], long: 0, requests: [], bytes: [] }]));
    const page = await browser.newPage();
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, code, attributes] of all) {
        await page.goto(`${origin}/?round=${round}`, { waitUntil: 'load' });
        sent = [];
        const result = await page.evaluate(
          async (code, attributes) => {
            const tag = document.createElement('script');
            for (const [key, value] of Object.entries(attributes)) tag.setAttribute(key, value);
            tag.textContent = code;
            const before = performance.now();
            document.head.append(tag);
            const took = performance.now() - before;
            const sends = () =>
              performance
                .getEntriesByType('resource')
                .filter(({ initiatorType }) => /fetch|beacon|xml/.test(initiatorType)).length;
            const end = performance.now() + 1_500;
            while (!sends() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
            return { took, requests: sends() };
          },
          code,
          attributes,
        );
        const entry = results.get(name);
        entry.times.push(result.took);
        entry.requests.push(result.requests);
        entry.bytes.push(sent.reduce((sum, one) => sum + one, 0));
        if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${ROUNDS}: ${name}          `);
      }
    if (process.stderr.isTTY) process.stderr.write('\r');
    const base = median(results.get('umami').times);
    console.table(
      Object.fromEntries(
        all.map(([name, code]) => {
          const { times, requests, bytes } = results.get(name);
          const time = median(times);
          return [
            name,
            {
              'brotli bytes': brotliCompressSync(code).length,
              'evaluation ms, median': Number(time.toFixed(2)),
              '× umami': Number((time / base).toFixed(2)),
              'longest ms': Number(Math.max(...times).toFixed(1)),
              'requests a view': median(requests),
              'body bytes a view': median(bytes),
            },
          ];
        }),
      ),
    );
  } finally {
    await browser.close();
    server.close();
    rmSync(work, { recursive: true, force: true });
  }
});
