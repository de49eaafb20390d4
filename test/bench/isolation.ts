// One endpoint that misbehaves beside two that work: how much later do the others get theirs? It hangs, refuses every
// connection, or answers 500 to everything; the same load with each and without, in turns in one run. A site for each
// case; between its turns the bad endpoint is switched off, so that its retries do not burden the other cases.
// `node test/bench/isolation.ts [turns]`
import { admin, integrate, makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { fails, type Mood, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { beaconOf, KEPT_MS, openLine, signUp, steadily } from './load.ts';
import { part } from './part.ts';
import { cpuUs } from './process.ts';
import { median, quantile, ratio } from './table.ts';

const RATE_PER_S = 50;
const hangs: Mood = () => {};

await part('isolation', async (bench) => {
  const turns = Number(bench.args[0] ?? bench.pick(9, 1));
  const seconds = bench.pick(4, 3);
  const [hung, failing, refusing] = [new Receiver(), new Receiver(), new Receiver()];
  const [one, two] = [new Receiver(), new Receiver()];
  const all = [hung, failing, refusing, one, two];
  const [hub] = await Promise.all([
    launch({ env: { DEMO: 'false' } }),
    ...all.map((receiver) => receiver.start(0, KEPT_MS)),
  ]);
  hung.mood = hangs;
  failing.mood = fails;
  // Its port was free a moment ago and nobody listens there any more.
  await refusing.stop();
  const line = openLine(`${hub.url}/v1/events`);
  try {
    const cases = await Promise.all(
      [
        { name: 'none', bad: null },
        { name: 'hangs', bad: hung },
        { name: 'refuses connections', bad: refusing },
        { name: 'answers 500', bad: failing },
      ].map(async ({ name, bad }) => {
        const siteId = await makeSite(hub);
        for (const { url } of [one, two]) await integrate(hub, siteId, url);
        const it = bad && (await integrate(hub, siteId, bad.url)).integration_id;
        const enable = async (enabled: boolean) =>
          it && admin(hub, 'PATCH', `/v1/sites/${siteId}/integrations/${it}`, { enabled });
        return { name, siteId, enable, turns: [] as number[][], cpu: 0 };
      }),
    );
    const turn = async (siteId: string): Promise<number[]> => {
      for (const { hooks } of [one, two]) hooks.length = 0;
      const sentAt = new Map<string, number>();
      await steadily(RATE_PER_S, seconds, () => {
        const event = signUp();
        sentAt.set(event.id, performance.now());
        return line.post(beaconOf(siteId, [event]));
      });
      await until('the others to have all', () => [one, two].every(({ ids }) => ids.size >= sentAt.size), 60_000);
      return [one, two].flatMap(({ hooks }) => hooks.map(({ id, at }) => at - (sentAt.get(id) ?? 0)));
    };
    for (let i = 0; i <= turns; i++)
      for (const it of cases) {
        const { name, siteId, enable } = it;
        bench.say(`${i === 0 ? 'warm-up' : `turn ${i} of ${turns}`}: ${name}`);
        await enable(true);
        const cpu = cpuUs(hub.pid);
        const measured = await turn(siteId);
        if (i > 0) it.cpu += cpuUs(hub.pid) - cpu;
        await enable(false);
        failing.hooks.length = 0;
        hung.hooks.length = 0;
        if (i > 0) it.turns.push(measured);
      }
    const ofTurns = (all: readonly number[][], q: number) => all.map((latencies) => quantile(latencies, q));
    const p95 = cases.map((it) => ofTurns(it.turns, 0.95));
    const worse = p95.map((ofCase) => ratio(ofCase, p95[0] ?? []));
    bench.table(
      `How late the two others get theirs, at ${RATE_PER_S} events/s: medians of turns, and of the ratios within a turn`,
      cases.map(({ name, turns, cpu }, i) => ({
        'the third endpoint': name,
        deliveries: turns.flat().length,
        'p50 ms': median(ofTurns(turns, 0.5)),
        'p95 ms': median(p95[i] ?? []),
        'p99 ms': median(ofTurns(turns, 0.99)),
        'p95, × none': worse[i] ?? Number.NaN,
        'CPU µs/event': cpu / (turns.flat().length / 2),
      })),
    );
    bench.goal('isolation', worse[1] ?? Number.NaN);
  } finally {
    line.close();
    await Promise.all([hub.stop(), ...all.map((receiver) => receiver.stop())]);
  }
});
