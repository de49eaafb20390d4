// What a million events leave behind: memory of the runtime on the way there and after a restart, the data folder, and
// how long a start takes with it, to the ready line and to the first accepted beacon, beside a start on a fresh folder.
// `node test/bench/volume.ts [events]`; one integration follows and gets them all, so that lanes have their log too.
import { readdirSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { booksOf, integrate, makeSite, pendingOf } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { beaconOf, flatOut, openLine, signUp, startReceiver } from './load.ts';
import { type Bench, part } from './part.ts';
import { memoryMb } from './process.ts';
import { median, type Row } from './table.ts';

const PER_BEACON = 50;
const SENDERS = 4;
/** More waiting than this, and the senders wait too: a browser would not send a million at once either. */
const BACKLOG_MAX = 50_000;
const REPORT_MS = 10_000;
const DONE_MS = 60 * 60_000;
const SAMPLES = 10;

const [KILLED, PEACE, FRESH] = ['that folder, after kill -9', 'that folder, ended in peace', 'a fresh folder'] as const;

const env = { DEMO: 'false' };

await part('volume', async (bench) => {
  const events = Number(bench.args[0] ?? bench.pick(1_000_000, 50_000));
  const [dataDir, fresh] = await Promise.all(
    ['volume-', 'fresh-'].map((name) => mkdtemp(join(tmpdir(), `hubwire-${name}`))),
  );
  if (!dataDir || !fresh) throw new Error('no folders');
  const receiver = await startReceiver();
  const made = await launch({ dataDir: fresh, env });
  await made.stop();
  let hub = await launch({ dataDir, env });
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    bench.table('Memory on the way', await fill(bench, hub, siteId, receiver, events));
    const from = performance.now();
    const books = await booksOf(hub, siteId);
    const booksMs = performance.now() - from;
    const balanced = books.balanced && pendingOf(books) === 0 && books.events.SignUpSuccess >= events;
    if (!balanced) throw new Error(`the books do not balance: ${JSON.stringify(books)}`);
    const full = memoryMb(hub.workerdPid);
    const size = folderMb(join(dataDir, 'state'));
    await hub.kill9('both');
    const starts: Record<string, Start[]> = {
      [KILLED]: [],
      [PEACE]: [],
      [FRESH]: [],
    };
    for (let turn = 1; turn <= bench.pick(3, 2); turn++)
      for (const [name, all] of Object.entries(starts)) {
        bench.say(`start ${turn}: ${name}`);
        const one = await (name === FRESH ? startOn(fresh, null) : startOn(dataDir, siteId));
        all.push(one);
        // The kill is what the first of the next turn finds; peace is what the second finds.
        hub = one.hub;
        await (name === PEACE ? hub.kill9('both') : hub.stop());
      }
    bench.table(`After ${events.toLocaleString('en')} events, delivered`, [
      { figure: 'memory of workerd, MB', value: full },
      {
        figure: 'memory of workerd after a restart, MB',
        value: median((starts[KILLED] ?? []).map(({ memory }) => memory)),
      },
      {
        figure: 'memory of workerd on a fresh folder, MB',
        value: median((starts[FRESH] ?? []).map(({ memory }) => memory)),
      },
      { figure: 'data folder, MB', value: size },
      { figure: 'bytes an event, journal and lane together', value: (size * 1e6) / events },
      { figure: 'the books, balanced, answered after ms', value: booksMs },
    ]);
    bench.table(
      'Start-up, medians',
      Object.entries(starts).map(([name, all]) => ({
        'start on': name,
        'ready after ms': median(all.map(({ readyMs }) => readyMs)),
        'first beacon accepted after ms': median(all.map(({ acceptedMs }) => acceptedMs)),
      })),
    );
  } finally {
    await hub.stop();
    await receiver.stop();
    await Promise.all([dataDir, fresh].map((dir) => rm(dir, { recursive: true, force: true })));
  }
});

/** Sends and has delivered, with samples of the memory on the way. */
async function fill(bench: Bench, hub: Launched, siteId: string, receiver: Receiver, events: number): Promise<Row[]> {
  let delivered = 0;
  receiver.mood = (_, response) => {
    delivered++;
    receiver.hooks.length = 0;
    response.writeHead(200).end('ok');
  };
  const line = openLine(`${hub.url}/v1/events`, SENDERS);
  let sent = 0;
  const rows: Row[] = [{ 'events delivered': 0, 'workerd MB': memoryMb(hub.workerdPid) }];
  const sample = () => {
    if (delivered < (rows.length * events) / SAMPLES) return;
    rows.push({ 'events delivered': delivered, 'workerd MB': memoryMb(hub.workerdPid) });
  };
  const report = setInterval(() => {
    const [done, all] = [delivered, events].map((count) => count.toLocaleString('en'));
    bench.say(
      `${sent.toLocaleString('en')} accepted, ${done} of ${all} delivered, ${memoryMb(hub.workerdPid).toFixed(0)} MB`,
    );
  }, REPORT_MS);
  const sampling = setInterval(sample, 100);
  try {
    await flatOut(
      (count) => count < events / PER_BEACON,
      async () => {
        await until('the backlog to shrink', () => sent - delivered < BACKLOG_MAX, DONE_MS);
        await line.post(
          beaconOf(
            siteId,
            Array.from({ length: PER_BEACON }, () => signUp()),
          ),
        );
        sent += PER_BEACON;
      },
      SENDERS,
    );
    await until('all deliveries', () => delivered >= events, DONE_MS);
    await until('all to be settled', async () => pendingOf(await booksOf(hub, siteId)) === 0, DONE_MS);
    sample();
    return rows;
  } finally {
    clearInterval(report);
    clearInterval(sampling);
    line.close();
  }
}

type Start = { hub: Launched; readyMs: number; acceptedMs: number; memory: number };

/** On a folder that knows no site one is made in between, and is no part of the start. */
async function startOn(dataDir: string, siteId: string | null): Promise<Start> {
  const from = performance.now();
  const hub = await launch({ dataDir, env });
  const readyMs = performance.now() - from;
  const site = siteId ?? (await makeSite(hub));
  const asked = performance.now();
  const line = openLine(`${hub.url}/v1/events`, 1);
  await line.post(beaconOf(site, [signUp()]));
  line.close();
  const acceptedMs = readyMs + (performance.now() - asked);
  return { hub, readyMs, acceptedMs, memory: memoryMb(hub.workerdPid) };
}

/** What a folder takes on the disk. */
function folderMb(folder: string): number {
  const BLOCK_BYTES = 512;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.reduce((sum, file) => sum + statSync(join(folder, file)).blocks * BLOCK_BYTES, 0) / 1e6;
}
