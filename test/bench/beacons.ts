// Accepted beacons a second and CPU per beacon, against a bare 202 and a bare Durable Object that commits one row a
// group: in turns in one run, because the machine is shared. `node test/bench/beacons.ts [seconds per turn]`
// Owns the cases; the bare ones are bare.ts. Trade-off: the senders share the machine's cores with what is measured, so
// a second core that is not free makes the fast ones look slower than they are; the CPU of each does not suffer from it.
import { integrate, makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { startBare } from './bare.ts';
import { beaconOf, flatOut, openLine, signUp, startReceiver } from './load.ts';
import { type Bench, part } from './part.ts';
import { cpuUs, workerdOf } from './process.ts';
import { median, ratio } from './table.ts';

type Case = { name: string; url: string; pid: number; siteId: string; events: number };
type Result = Case & { perSecond: number[]; cpu: number[] };

async function turn({ url, pid, siteId, events }: Case, seconds: number) {
  const line = openLine(url);
  const cpu = cpuUs(pid);
  const { count, perSecond } = await flatOut(
    (_, elapsed) => elapsed < seconds * 1_000,
    () => line.post(beaconOf(siteId, Array.from({ length: events }, signUp))),
  );
  line.close();
  return { perSecond, cpu: (cpuUs(pid) - cpu) / count };
}

await part('beacons', async (bench: Bench) => {
  const seconds = Number(bench.args[0] ?? bench.pick(3, 1));
  const turns = bench.pick(5, 1);
  const [hub, bare, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), startBare(), startReceiver()]);
  receiver.mood = (_, response) => {
    receiver.hooks.length = 0;
    response.writeHead(200).end('ok');
  };
  try {
    const [siteId, followed] = [await makeSite(hub), await makeSite(hub)];
    await integrate(hub, followed, receiver.url);
    const [barePid, pid] = [workerdOf(process.pid), hub.workerdPid];
    const collector = `${hub.url}/v1/events`;
    const cases: Case[] = [
      { name: 'bare 202', url: `${bare.url}/`, pid: barePid, siteId, events: 1 },
      { name: 'bare Durable Object, a row a group', url: `${bare.url}/row`, pid: barePid, siteId, events: 1 },
      { name: 'hubwire, 1 event a beacon', url: collector, pid, siteId, events: 1 },
      { name: 'hubwire, 10 events a beacon', url: collector, pid, siteId, events: 10 },
      { name: 'hubwire, 1 event, delivering too', url: collector, pid, siteId: followed, events: 1 },
    ];
    const results: Result[] = cases.map((it) => ({ ...it, perSecond: [], cpu: [] }));
    for (const one of cases) await turn(one, 0.5);
    for (let i = 1; i <= turns; i++)
      for (const result of results) {
        bench.say(`turn ${i} of ${turns}: ${result.name}`);
        const { perSecond, cpu } = await turn(result, seconds);
        result.perSecond.push(perSecond);
        result.cpu.push(cpu);
      }
    const [plain, row, one] = results as [Result, Result, Result];
    bench.table(
      'Accepted beacons: medians of turns, and of the ratios within a turn',
      results.map(({ name, events, perSecond, cpu }) => ({
        '': name,
        'beacons/s': median(perSecond),
        'events/s': median(perSecond) * events,
        '× bare object': ratio(perSecond, row.perSecond),
        'CPU µs/beacon': median(cpu),
        '× bare 202': ratio(cpu, plain.cpu),
      })),
    );
    bench.goal('accepted', ratio(one.perSecond, row.perSecond));
    bench.goal('acceptedCpu', ratio(one.cpu, plain.cpu));
  } finally {
    await Promise.all([hub.stop(), bare.stop(), receiver.stop()]);
  }
});
