// Accepted beacons a second and CPU per beacon, against a bare 202 and a bare Durable Object that commits one row a
// group: in turns in one run, because the machine is shared. `node test/bench/beacons.ts [seconds per turn]`
import { integrate, makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { startBare } from './bare.ts';
import { beaconOf, flatOut, openLine, signUp } from './load.ts';
import { type Bench, part } from './part.ts';
import { cpuUs, workerdOf } from './process.ts';
import { median } from './table.ts';

type Case = { name: string; url: string; pid: number; siteId: string; events: number };

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
  const [hub, bare, receiver] = await Promise.all([
    launch({ env: { DEMO: 'false' } }),
    startBare(),
    new Receiver().start(),
  ]);
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
    const results = cases.map((it) => ({ ...it, perSecond: [] as number[], cpu: [] as number[] }));
    for (const one of cases) await turn(one, 0.5);
    for (let i = 1; i <= turns; i++)
      for (const result of results) {
        bench.say(`turn ${i} of ${turns}: ${result.name}`);
        const { perSecond, cpu } = await turn(result, seconds);
        result.perSecond.push(perSecond);
        result.cpu.push(cpu);
      }
    const medians = results.map(({ perSecond, cpu }) => ({ perSecond: median(perSecond), cpu: median(cpu) }));
    const [plain, row, one] = medians as [Medians, Medians, Medians];
    bench.table(
      'Accepted beacons: medians of turns',
      results.map(({ name, events }, i) => {
        const { perSecond, cpu } = medians[i] as Medians;
        return {
          '': name,
          'beacons/s': perSecond,
          'events/s': perSecond * events,
          '× bare object': perSecond / row.perSecond,
          'CPU µs/beacon': cpu,
          '× bare 202': cpu / plain.cpu,
        };
      }),
    );
    bench.goal('accepted', one.perSecond / row.perSecond);
    bench.goal('acceptedCpu', one.cpu / plain.cpu);
  } finally {
    await Promise.all([hub.stop(), bare.stop(), receiver.stop()]);
  }
});

type Medians = { perSecond: number; cpu: number };
