// Event → receiver: from the start of the beacon's request to the arrival of the webhook, at a steady rate.
// `node test/bench/latency.ts [events per second …]`, 100 without it.
import { integrate, makeSite, newSignUp } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { agentOf, quantile, send, table } from './http.ts';

const SECONDS = 10;
const rates = process.argv.slice(2).map(Number);
const rows: Record<string, string | number>[] = [];

for (const rate of rates.length > 0 ? rates : [100]) {
  console.error(`${rate} events/s for ${SECONDS} s …`);
  const [hub, receiver] = await Promise.all([launch({ env: { DEMO: 'false' } }), new Receiver().start()]);
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    const agent = agentOf(50);
    const sentAt = new Map<string, number>();
    const one = () => {
      const event = newSignUp();
      sentAt.set(event.id, performance.now());
      const body = { site_id: siteId, sent_at: new Date().toISOString(), events: [event] };
      return send(agent, `${hub.url}/v1/events`, JSON.stringify(body));
    };
    for (let i = 0; i < 50; i++) await one();
    await until('the warm-up to arrive', () => receiver.hooks.length === 50);
    const warm = new Set(sentAt.keys());
    const from = performance.now();
    const sending: Promise<number>[] = [];
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        while (sending.length < ((performance.now() - from) / 1_000) * rate) sending.push(one());
        if (performance.now() - from < SECONDS * 1_000) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
    await Promise.all(sending);
    await until('every webhook', () => receiver.ids.size === sentAt.size, 60_000);
    const latencies = receiver.hooks.filter(({ id }) => !warm.has(id)).map(({ id, at }) => at - (sentAt.get(id) ?? 0));
    agent.destroy();
    rows.push({
      'events/s': rate,
      events: latencies.length,
      'p50 ms': quantile(latencies, 0.5).toFixed(1),
      'p95 ms': quantile(latencies, 0.95).toFixed(1),
      'p99 ms': quantile(latencies, 0.99).toFixed(1),
    });
  } finally {
    await hub.stop();
    await receiver.stop();
  }
}
table(rows);
