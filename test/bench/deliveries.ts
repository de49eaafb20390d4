// Deliveries a second through one lane, against a loop in the same runtime that does nothing but fetch, six at a time,
// to the same receiver: in turns in one run. `node test/bench/deliveries.ts [answer after ms …]`
// Owns the turns; the hold that makes a backlog is drain.ts, the loop bare.ts. The loop signs nothing, keeps nothing
// and forgets what it sent: what is between the two is what keeping a promise costs.
import { integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { slow, works } from '../support/receiver.ts';
import { startBare } from './bare.ts';
import { type Drained, drain } from './drain.ts';
import { startReceiver } from './load.ts';
import { part } from './part.ts';
import { cpuUs, workerdOf } from './process.ts';
import { median, type Row, ratio } from './table.ts';

const PER_BEACON = 50;

await part('deliveries', async (bench) => {
  const turns = bench.pick(5, 1);
  const [hub, bare, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), startBare(), startReceiver()]);
  const rows: Row[] = [];
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    const barePid = workerdOf(process.pid);
    const body = JSON.stringify(newSignUp());
    for (const delay of bench.args.length > 0 ? bench.args.map(Number) : [0, 50, 500]) {
      const mood = delay === 0 ? works : slow(delay);
      const count = delay === 0 ? bench.pick(4_000, 2_000) : delay < 100 ? bench.pick(600, 300) : bench.pick(66, 30);
      const [loops, lanes]: [Drained[], Drained[]] = [[], []];
      for (let turn = 0; turn <= turns; turn++) {
        bench.say(`receiver at ${delay} ms, ${turn === 0 ? 'warm-up' : `turn ${turn} of ${turns}`}`);
        let looped: Promise<unknown> = Promise.resolve();
        const loop = await drain(receiver, {
          mood,
          count,
          load() {
            const to = `${bare.url}/deliver?count=${count}&to=${encodeURIComponent(receiver.url)}`;
            looped = fetch(to, { method: 'POST', body });
          },
          cpuUs: () => cpuUs(barePid),
        });
        await looped;
        const lane = await drain(receiver, {
          mood,
          count,
          async load() {
            const events = Array.from({ length: count }, () => newSignUp());
            for (let sent = 0; sent < count; sent += PER_BEACON)
              await post(hub.url, siteId, events.slice(sent, sent + PER_BEACON));
          },
          cpuUs: () => cpuUs(hub.workerdPid),
        });
        if (turn === 0) continue;
        loops.push(loop);
        lanes.push(lane);
      }
      const rates = [loops, lanes].map((all) => all.map(({ perSecond }) => perSecond)) as [number[], number[]];
      const cpu = (all: readonly Drained[]) => median(all.map(({ cpuUs }) => cpuUs));
      rows.push({
        'receiver at, ms': delay,
        'bare loop /s': median(rates[0]),
        'hubwire /s': median(rates[1]),
        ratio: ratio(rates[1], rates[0]),
        'bare CPU µs': cpu(loops),
        'hubwire CPU µs': cpu(lanes),
      });
    }
    bench.table('Deliveries through one lane, a backlog: medians of turns, and of the ratios within a turn', rows);
    bench.goal('delivered', Math.min(...rows.map(({ ratio }) => Number(ratio))));
  } finally {
    await Promise.all([hub.stop(), bare.stop(), receiver.stop()]);
  }
});
