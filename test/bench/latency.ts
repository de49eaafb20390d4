// Event → receiver: from the start of the beacon's request to the arrival of the webhook, at steady rates.
// `node test/bench/latency.ts [events per second …]`. Beside it the CPU that an event costs from end to end.
// Trade-off: sender and receiver share a process and so a clock; their own work is part of the time that is measured.
import { integrate, makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { until } from '../support/until.ts';
import { beaconOf, openLine, signUp, startReceiver, steadily } from './load.ts';
import { part } from './part.ts';
import { cpuUs } from './process.ts';
import { quantile, type Row } from './table.ts';

const WARM_UP = 200;

await part('latency', async (bench) => {
  const rates = bench.args.length > 0 ? bench.args.map(Number) : [10, 100, 500];
  const seconds = bench.pick(15, 4);
  const rows: Row[] = [];
  const [hub, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), startReceiver()]);
  const line = openLine(`${hub.url}/v1/events`);
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    const sentAt = new Map<string, number>();
    const one = () => {
      const event = signUp();
      sentAt.set(event.id, performance.now());
      return line.post(beaconOf(siteId, [event]));
    };
    const arrived = () => until('every webhook', () => receiver.ids.size === sentAt.size, 60_000);
    bench.say('warm-up');
    for (let i = 0; i < WARM_UP; i++) await one();
    await arrived();
    for (const rate of rates) {
      bench.say(`${rate} events/s for ${seconds} s`);
      sentAt.clear();
      receiver.hooks.length = 0;
      const cpu = cpuUs(hub.workerdPid);
      await steadily(rate, seconds, one);
      await arrived();
      const latencies = receiver.hooks.map(({ id, at }) => at - (sentAt.get(id) ?? 0));
      rows.push({
        'events/s': rate,
        events: latencies.length,
        'p50 ms': quantile(latencies, 0.5),
        'p95 ms': quantile(latencies, 0.95),
        'p99 ms': quantile(latencies, 0.99),
        'CPU µs/event': (cpuUs(hub.workerdPid) - cpu) / latencies.length,
      });
    }
    bench.table('From the start of the request to the arrival at the receiver', rows);
  } finally {
    line.close();
    await Promise.all([hub.stop(), receiver.stop()]);
  }
});
