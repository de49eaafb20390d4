// Deliveries a second through one lane, against loops in the same runtime that fetch, six at a time, from the same
// receiver: in turns in one run. `node test/bench/deliveries.ts [answer after ms …]`
// Owns the turns; the hold that makes a backlog is drain.ts, the loops bare.ts. The loop that counts is what anybody would
// write: it calls `fetch`, signs nothing, keeps nothing and forgets what it sent. Where the receiver answers at once two
// more stand beside it, because the local runtime leads a `fetch` through a Worker of its own and hubwire's lane past it.
import { integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { type Mood, slow, works } from '../support/receiver.ts';
import { LOOPS, startBare } from './bare.ts';
import { type Drained, drain } from './drain.ts';
import { startReceiver } from './load.ts';
import { part } from './part.ts';
import { cpuUs, workerdOf } from './process.ts';
import { median, type Row, ratio } from './table.ts';

const PER_BEACON = 50;
/** As most frameworks answer; `works` leaves the length open. */
const announces: Mood = (_, response) => response.end('ok');

type Case = { name: string; mood: Mood; count: number; loops: readonly (typeof LOOPS)[number][] };
type Turns = Record<(typeof LOOPS)[number] | 'hubwire', Drained[]>;

await part('deliveries', async (bench) => {
  const turns = bench.pick(5, 1);
  const [hub, bare, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), startBare(), startReceiver()]);
  const rows: Row[] = [];
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    const barePid = workerdOf(process.pid);
    const body = JSON.stringify(newSignUp());
    const viaLoop = async (path: string, mood: Mood, count: number): Promise<Drained> => {
      let looped: Promise<unknown> = Promise.resolve();
      const load = () => {
        const to = `${bare.url}/${path}?count=${count}&to=${encodeURIComponent(receiver.url)}`;
        looped = fetch(to, { method: 'POST', body });
      };
      const drained = await drain(receiver, { mood, count, load, cpuUs: () => cpuUs(barePid) });
      await looped;
      return drained;
    };
    const viaHubwire = (mood: Mood, count: number): Promise<Drained> => {
      const load = async () => {
        const events = Array.from({ length: count }, () => newSignUp());
        for (let sent = 0; sent < count; sent += PER_BEACON)
          await post(hub.url, siteId, events.slice(sent, sent + PER_BEACON));
      };
      return drain(receiver, { mood, count, load, cpuUs: () => cpuUs(hub.workerdPid) });
    };
    const cases = (bench.args.length > 0 ? bench.args.map(Number) : [0, 50, 500]).flatMap((delay): Case[] => {
      if (delay > 0) {
        const count = delay < 100 ? bench.pick(600, 300) : bench.pick(66, 30);
        return [{ name: `after ${delay} ms`, mood: slow(delay), count, loops: ['fetch'] }];
      }
      const atOnce = { count: bench.pick(4_000, 2_000), loops: LOOPS };
      return [
        { name: 'at once', mood: announces, ...atOnce },
        { name: 'at once, length left open', mood: works, ...atOnce },
      ];
    });
    for (const { name, mood, count, loops } of cases) {
      const all: Turns = { fetch: [], direct: [], least: [], hubwire: [] };
      for (let turn = 0; turn <= turns; turn++) {
        bench.say(`receiver answers ${name}, ${turn === 0 ? 'warm-up' : `turn ${turn} of ${turns}`}`);
        for (const path of [...loops, 'hubwire'] as const) {
          const drained = await (path === 'hubwire' ? viaHubwire(mood, count) : viaLoop(path, mood, count));
          if (turn > 0) all[path].push(drained);
        }
      }
      rows.push(rowOf(name, all));
    }
    bench.table('Deliveries through one lane, a backlog: medians of turns, and of the ratios within a turn', rows);
    bench.goal('delivered', Math.min(...rows.map((row) => Number(row.ratio))));
  } finally {
    await Promise.all([hub.stop(), bare.stop(), receiver.stop()]);
  }
});

function rowOf(name: string, all: Turns): Row {
  const rates = (of: keyof Turns) => all[of].map(({ perSecond }) => perSecond);
  const against = (of: keyof Turns) => (all[of].length > 0 ? ratio(rates('hubwire'), rates(of)) : '');
  const cpu = (of: keyof Turns) => (all[of].length > 0 ? median(all[of].map(({ cpuUs }) => cpuUs)) : '');
  return {
    'receiver answers': name,
    'bare loop /s': median(rates('fetch')),
    'hubwire /s': median(rates('hubwire')),
    ratio: against('fetch'),
    '× through a binding': against('direct'),
    '× a loop that does the least': against('least'),
    'CPU µs: bare': cpu('fetch'),
    binding: cpu('direct'),
    least: cpu('least'),
    hubwire: cpu('hubwire'),
  };
}
