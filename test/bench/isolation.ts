// One endpoint that hangs beside two that work: how much later do the others get theirs? The same load with and
// without it, in turns in one run. `node test/bench/isolation.ts [turns]`
import { integrate, makeSite, newSignUp } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { type Mood, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { agentOf, quantile, send, table } from './http.ts';

const TURNS = Number(process.argv[2] ?? 4);
const RATE_PER_S = 50;
const SECONDS = 5;
const hangs: Mood = () => {};

async function turn(hub: Launched, siteId: string, receivers: Receiver[]): Promise<number[]> {
  const sentAt = new Map<string, number>();
  const agent = agentOf(20);
  const sending: Promise<number>[] = [];
  const from = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      while (sending.length < ((performance.now() - from) / 1_000) * RATE_PER_S) {
        const event = newSignUp();
        sentAt.set(event.id, performance.now());
        const body = { site_id: siteId, sent_at: new Date().toISOString(), events: [event] };
        sending.push(send(agent, `${hub.url}/v1/events`, JSON.stringify(body)));
      }
      if (performance.now() - from < SECONDS * 1_000) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(sending);
  await until('the others to have all', () => receivers.every(({ hooks }) => hooks.length >= sentAt.size), 60_000);
  const latencies = receivers.flatMap(({ hooks }) => hooks.map(({ id, at }) => at - (sentAt.get(id) ?? 0)));
  for (const { hooks } of receivers) hooks.length = 0;
  agent.destroy();
  return latencies;
}

const [hung, one, two] = [new Receiver(), new Receiver(), new Receiver()];
const [hub] = await Promise.all([launch({ env: { DEMO: 'false' } }), hung.start(), one.start(), two.start()]);
hung.mood = hangs;
try {
  const sites = await Promise.all(['without', 'with'].map(() => makeSite(hub)));
  for (const siteId of sites) for (const { url } of [one, two]) await integrate(hub, siteId, url);
  await integrate(hub, sites[1] as string, hung.url);
  const all: number[][] = [[], []];
  for (let i = 0; i <= TURNS; i++)
    for (const [which, siteId] of sites.entries()) {
      console.error(
        `${i === 0 ? 'warm-up' : `turn ${i} of ${TURNS}`}: ${which === 0 ? 'without' : 'with'} the hung endpoint …`,
      );
      const latencies = await turn(hub, siteId, [one, two]);
      if (i > 0) all[which]?.push(...latencies);
    }
  const [without, withHung] = all as [number[], number[]];
  const row = (name: string, of: number[]) => ({
    '': name,
    deliveries: of.length,
    'p50 ms': quantile(of, 0.5).toFixed(1),
    'p95 ms': quantile(of, 0.95).toFixed(1),
  });
  table([row('without', without), row('with a hung endpoint', withHung)]);
  console.log(`p95 with / without: ${(quantile(withHung, 0.95) / quantile(without, 0.95)).toFixed(2)}`);
} finally {
  await hub.stop();
  await Promise.all([hung, one, two].map((receiver) => receiver.stop()));
}
