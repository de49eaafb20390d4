// Deliveries a second through one lane, against a loop in the same runtime that does nothing but fetch, six at a time,
// to the same receiver: in turns in one run. `node test/bench/deliveries.ts [answer after ms …]`
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { Receiver, slow, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { startBare } from './bare.ts';
import { quantile, table } from './http.ts';

const TURNS = 3;
const delays = process.argv.slice(2).map(Number);
const rows: Record<string, string | number>[] = [];

const [hub, bare, receiver] = await Promise.all([
  launch({ env: { DEMO: 'false' } }),
  startBare(),
  new Receiver().start(),
]);
try {
  const siteId = await makeSite(hub);
  const { integration_id } = await integrate(hub, siteId, receiver.url);
  const pace = (max_per_second: number | null) =>
    admin(hub, 'PATCH', `/v1/sites/${siteId}/integrations/${integration_id}`, { max_per_second });
  /** From the first to the last arrival. */
  const rate = async (count: number, send: () => Promise<unknown>) => {
    const before = receiver.hooks.length;
    await send();
    await until(`${count} to arrive`, () => receiver.hooks.length >= before + count, 120_000);
    const times = receiver.hooks.slice(before).map(({ at }) => at);
    return (count - 1) / ((Math.max(...times) - Math.min(...times)) / 1_000);
  };
  const body = JSON.stringify(newSignUp());
  for (const delay of delays.length > 0 ? delays : [0, 50, 500]) {
    receiver.mood = delay === 0 ? works : slow(delay);
    const count = delay === 0 ? 2_000 : delay < 100 ? 500 : 60;
    const results: [number[], number[]] = [[], []];
    for (let turn = 0; turn <= TURNS; turn++) {
      console.error(`${delay} ms: ${turn === 0 ? 'warm-up' : `turn ${turn} of ${TURNS}`} …`);
      const to = `${bare.url}/deliver?count=${count}&to=${encodeURIComponent(receiver.url)}`;
      receiver.hooks.length = 0;
      const loop = await rate(count, () => fetch(to, { method: 'POST', body }));
      // A backlog first, so that accepting is not measured along: it shares the runtime's one thread.
      await pace(1);
      const events = Array.from({ length: count }, () => newSignUp());
      for (let sent = 0; sent < count; sent += 50) await post(hub.url, siteId, events.slice(sent, sent + 50));
      const early = receiver.hooks.length - count;
      const lane = await rate(count - early, () => pace(null));
      if (turn === 0) continue;
      results[0].push(loop);
      results[1].push(lane);
    }
    const [loop, lane] = results.map((values) => quantile(values, 0.5)) as [number, number];
    rows.push({
      'receiver answers after': `${delay} ms`,
      'bare loop /s': loop.toFixed(0),
      'hubwire /s': lane.toFixed(0),
      ratio: (lane / loop).toFixed(2),
    });
  }
  table(rows);
} finally {
  await Promise.all([hub.stop(), bare.stop(), receiver.stop()]);
}
