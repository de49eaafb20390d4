// First bytes and weights of the dashboard's pages with thirty days of figures and 100,000 deliveries behind them.
// Owns the filling; `--quick` fills a twentieth. Milliseconds are this machine's, bytes are everybody's.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { admin, booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import type { Hook } from '../support/receiver.ts';
import { seedKv } from '../support/seed-kv.ts';
import { makeShop, SHOP, shopKv } from '../support/shop.ts';
import { until } from '../support/until.ts';
import { startReceiver } from './load.ts';
import { part } from './part.ts';
import { median, type Row } from './table.ts';

const INTEGRATIONS = 2;
const PER_BEACON = 50;
const RUNS = 15;
const DONE_MS = 20 * 60_000;

await part('dashboard', async (bench) => {
  const deliveries = bench.pick(100_000, 5_000);
  const dataDir = await mkdtemp(join(tmpdir(), 'hubwire-bench-'));
  await mkdir(join(dataDir, 'state'), { recursive: true });
  await seedKv(dataDir, shopKv(Date.now()));
  const hub = await launch({ dataDir, env: { DEMO: 'false' } });
  const receiver = await startReceiver();
  let received = 0;
  receiver.mood = (_: Hook, response) => {
    received++;
    receiver.hooks.length = 0;
    response.writeHead(200).end('ok');
  };
  try {
    await makeShop(hub);
    const site = await makeSite(hub);
    for (let i = 0; i < INTEGRATIONS; i++) await integrate(hub, site, receiver.url, { name: `Receiver ${i}` });
    const progress = setInterval(() => bench.say(`${received.toLocaleString('en')} delivered`), 5_000);
    for (let sent = 0; sent < deliveries / INTEGRATIONS; sent += PER_BEACON)
      await post(
        hub.url,
        site,
        Array.from({ length: PER_BEACON }, () => newSignUp()),
      );
    await until(
      'all deliveries',
      async () => received >= deliveries && pendingOf(await booksOf(hub, site)) === 0,
      DONE_MS,
    );
    clearInterval(progress);
    // Outcomes and figures are still on their way to KV; what is measured is a collector at rest.
    await until('the figures', async () => {
      const { integrations } = await admin<{ integrations: { succeeded: number }[] }>(
        hub,
        'GET',
        `/v1/sites/${site}/stats`,
      );
      return integrations.reduce((sum, { succeeded }) => sum + succeeded, 0) >= deliveries;
    });

    const signIn = await fetch(`${hub.url}/dashboard/sign-in`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams({ token: hub.adminToken }),
    });
    const cookie = signIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { next } = await admin<{ next: string }>(hub, 'GET', `/v1/sites/${site}/deliveries?limit=200`);
    const pages = {
      'overview, 30 days': `/dashboard/sites/${SHOP}?range=30d`,
      'overview, 24 hours': `/dashboard/sites/${SHOP}`,
      'deliveries, newest': `/dashboard/sites/${site}/deliveries`,
      'deliveries, older': `/dashboard/sites/${site}/deliveries?cursor=${next}`,
      'deliveries, failed (none)': `/dashboard/sites/${site}/deliveries?status=failed`,
      books: `/dashboard/sites/${site}/books`,
      reference: '/docs',
      script: '/dashboard/assets/dashboard.js',
      sheet: '/dashboard/assets/dashboard.css',
    };
    const rows: Row[] = [];
    for (const [name, path] of Object.entries(pages)) {
      const times: number[] = [];
      let body: Uint8Array = new Uint8Array();
      for (let run = 0; run < RUNS; run++) {
        const from = performance.now();
        const response = await fetch(hub.url + path, { headers: { cookie } });
        times.push(performance.now() - from);
        body = await response.bytes();
        if (!response.ok) throw new Error(`${path} answered ${response.status}`);
      }
      rows.push({
        page: name,
        'first byte, median ms': median(times),
        'at worst ms': Math.max(...times),
        bytes: body.byteLength,
        'after brotli': brotliCompressSync(body).byteLength,
      });
    }
    bench.table(`Pages of the dashboard, ${deliveries.toLocaleString('en')} deliveries`, rows);
  } finally {
    await hub.stop();
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
