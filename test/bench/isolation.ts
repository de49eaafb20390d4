// One endpoint that misbehaves beside two that work: how much later do the others get theirs? It hangs, refuses every
// connection, or answers 500 to everything; the same load with each and without, in turns in one run. A site for each
// case; between its turns the bad endpoint is switched off, so that its retries do not burden the other cases.
// `node test/bench/isolation.ts [turns]`
import { admin, integrate, makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { fails, type Mood, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { beaconOf, openLine, signUp, steadily } from './load.ts';
import { part } from './part.ts';
import { quantile } from './table.ts';

const RATE_PER_S = 50;
const hangs: Mood = () => {};

await part('isolation', async (bench) => {
  const turns = Number(bench.args[0] ?? bench.pick(6, 1));
  const seconds = bench.pick(5, 3);
  const [hung, failing, refusing] = [new Receiver(), new Receiver(), new Receiver()];
  const [one, two] = [new Receiver(), new Receiver()];
  const all = [hung, failing, refusing, one, two];
  const [hub] = await Promise.all([launch({ env: { DEMO: 'false' } }), ...all.map((receiver) => receiver.start())]);
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
        return { name, siteId, enable, latencies: [] as number[] };
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
      for (const { name, siteId, enable, latencies } of cases) {
        bench.say(`${i === 0 ? 'warm-up' : `turn ${i} of ${turns}`}: ${name}`);
        await enable(true);
        const measured = await turn(siteId);
        await enable(false);
        failing.hooks.length = 0;
        hung.hooks.length = 0;
        if (i > 0) latencies.push(...measured);
      }
    const p95 = (of: readonly number[] | undefined) => quantile(of ?? [], 0.95);
    const base = p95(cases[0]?.latencies);
    bench.table(
      `How late the two others get theirs, at ${RATE_PER_S} events/s`,
      cases.map(({ name, latencies }) => ({
        'the third endpoint': name,
        deliveries: latencies.length,
        'p50 ms': quantile(latencies, 0.5),
        'p95 ms': p95(latencies),
        'p99 ms': quantile(latencies, 0.99),
        'p95, × none': p95(latencies) / base,
      })),
    );
    bench.goal('isolation', p95(cases[1]?.latencies) / base);
  } finally {
    line.close();
    await Promise.all([hub.stop(), ...all.map((receiver) => receiver.stop())]);
  }
});
