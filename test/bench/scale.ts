// A site with 1, 4 and 16 shards on one machine, through the launcher: what is accepted and delivered a second, whether
// the books balance, and rows per event; then what one shard carries, and what that makes of 10,000 events a second.
// One machine has one event loop for all shards: accepting can't grow here. Deliveries to a slow receiver can, because
// each shard has six connections of its own; the platform's bound of an object is a figure of its documentation.

import { LANE_CONNECTIONS_MAX, SHARDS_MAX } from '../../worker/limits.ts';
import { booksOf, integrate, makeSite, pendingOf } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { slow, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { drain } from './drain.ts';
import { beaconOf, flatOut, openLine, signUp, startReceiver } from './load.ts';
import { allRows, since, startMetered } from './metered.ts';
import { type Bench, part } from './part.ts';
import { cpuUs } from './process.ts';
import { median } from './table.ts';

const SHARDS = [1, 4, 16];
const PER_BEACON = 50;
const SLOW_MS = 50;
/** "An individual object has a soft limit of 1,000 requests per second": developers.cloudflare.com/durable-objects/platform/limits */
const REQUESTS_PER_S = 1_000;
const WANTED_PER_S = 10_000;

type Site = {
  shards: number;
  siteId: string;
  accepted: number[];
  cpu: number[];
  fast: number[];
  slow: number[];
  balanced: boolean;
};

await part('scale', async (bench) => {
  const [hub, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), startReceiver()]);
  const line = openLine(`${hub.url}/v1/events`);
  const spent = () => cpuUs(hub.workerdPid);
  try {
    const sites: Site[] = [];
    for (const shards of SHARDS) {
      const siteId = await makeSite(hub, { shards });
      await integrate(hub, siteId, receiver.url);
      sites.push({ shards, siteId, accepted: [], cpu: [], fast: [], slow: [], balanced: false });
    }
    const turns = bench.pick(3, 1);
    const count = bench.pick(3_000, 1_000);
    for (let turn = 0; turn <= turns; turn++)
      for (const site of sites) {
        const { siteId, shards } = site;
        bench.say(`${turn === 0 ? 'warm-up' : `turn ${turn} of ${turns}`}: ${shards} shards`);
        const events = turn === 0 ? 500 : count;
        receiver.mood = works;
        receiver.hooks.length = 0;
        const cpu = spent();
        const { perSecond } = await flatOut(
          (n) => n < events,
          () => line.post(beaconOf(siteId, [signUp()])),
        );
        const perBeacon = (spent() - cpu) / events;
        await until('all to arrive', () => receiver.hooks.length >= events, 120_000);
        if (turn === 0) continue;
        const backlog = (of: number) => () =>
          flatOut(
            (n) => n < of / PER_BEACON,
            () =>
              line.post(
                beaconOf(
                  siteId,
                  Array.from({ length: PER_BEACON }, () => signUp()),
                ),
              ),
            4,
          );
        const fast = await drain(receiver, { mood: works, count, load: backlog(count), cpuUs: spent });
        const many = PER_BEACON * Math.ceil((bench.pick(3, 1) * shards * perShard(SLOW_MS)) / PER_BEACON);
        const slowly = await drain(receiver, { mood: slow(SLOW_MS), count: many, load: backlog(many), cpuUs: spent });
        site.accepted.push(perSecond);
        site.cpu.push(perBeacon);
        site.fast.push(fast.perSecond);
        site.slow.push(slowly.perSecond);
        const books = await until('nothing to be pending', async () => {
          const now = await booksOf(hub, siteId);
          return pendingOf(now) === 0 && now;
        });
        site.balanced = books.balanced;
      }
    const rows = await countRows(bench);
    bench.table(
      'Shards on this machine (one event loop); accepted while delivering, backlogs delivered alone; medians',
      sites.map((site, i) => ({
        shards: site.shards,
        'accepted/s': median(site.accepted),
        'CPU µs/beacon, delivery included': median(site.cpu),
        'delivered/s, receiver at once': median(site.fast),
        [`delivered/s, receiver at ${SLOW_MS} ms`]: median(site.slow),
        'rows/event, one integration': rows[i] ?? Number.NaN,
        'books balanced': site.balanced ? 'yes' : 'NO',
      })),
    );
    bench.table(
      `What one shard carries, and shards for ${WANTED_PER_S.toLocaleString('en')} events/s of one event a beacon (a site has up to ${SHARDS_MAX})`,
      [10, 50, 100, 500].map((ms) => ({
        'receiver at, ms': ms,
        'deliveries/s a shard: 6 / time': perShard(ms),
        'measured here': ms === SLOW_MS ? median(sites[0]?.slow ?? []) : '',
        'beacons/s a shard, soft limit': REQUESTS_PER_S,
        'which comes first': perShard(ms) < REQUESTS_PER_S ? 'connections' : 'requests',
        'shards needed': Math.ceil(WANTED_PER_S / Math.min(perShard(ms), REQUESTS_PER_S)),
      })),
    );
    if (sites.some(({ balanced }) => !balanced)) throw new Error('the books of a site do not balance');
  } finally {
    line.close();
    await Promise.all([hub.stop(), receiver.stop()]);
  }
});

/** Deliveries a second through the connections of one shard. */
function perShard(ms: number): number {
  return LANE_CONNECTIONS_MAX / (ms / 1_000);
}

/** Rows written per event by sites with these shards, under load, in the runtime that counts them. */
async function countRows(bench: Bench): Promise<number[]> {
  const [hub, receiver] = await Promise.all([startMetered(), startReceiver()]);
  const line = openLine(`${hub.url}/v1/events`);
  const count = bench.pick(3_000, 1_000);
  const perEvent: number[] = [];
  try {
    for (const shards of SHARDS) {
      bench.say(`rows with ${shards} shards`);
      const siteId = await makeSite(hub, { shards });
      await integrate(hub, siteId, receiver.url);
      receiver.hooks.length = 0;
      const before = await hub.read();
      await flatOut(
        (n) => n < count,
        () => line.post(beaconOf(siteId, [signUp()])),
      );
      // Asked only when it is likely: the books are recounted from the log for each answer.
      await until('all to arrive', () => receiver.hooks.length >= count, 120_000);
      await until('all to be settled', async () => pendingOf(await booksOf(hub, siteId)) === 0, 120_000);
      perEvent.push(allRows(since(before, await hub.read())) / count);
    }
    return perEvent;
  } finally {
    line.close();
    await Promise.all([hub.stop(), receiver.stop()]);
  }
}
