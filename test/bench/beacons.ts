// Accepted beacons a second and CPU per beacon, against a bare 202 and a bare Durable Object that commits one row a
// group: interleaved in one run, because the machine is shared. `node test/bench/beacons.ts [seconds per turn]`
import { execFileSync } from 'node:child_process';
import { makeSite } from '../support/client.ts';
import { launch } from '../support/launch.ts';
import { startBare } from './bare.ts';
import { agentOf, cpuUs, send, table } from './http.ts';

const SECONDS = Number(process.argv[2] ?? 3);
const TURNS = 3;
const CONNECTIONS = 50;

const workerdOf = (parent: number) =>
  Number(
    execFileSync('pgrep', ['-P', String(parent), 'workerd'], { encoding: 'utf8' })
      .trim()
      .split('\n')[0],
  );

const beacon = (siteId: string, events: number) =>
  JSON.stringify({
    site_id: siteId,
    sent_at: new Date().toISOString(),
    events: Array.from({ length: events }, () => ({
      id: crypto.randomUUID(),
      event: 'SignUpSuccess',
      timestamp: new Date().toISOString(),
      user_session_id: crypto.randomUUID(),
      attributes: { page_url: 'https://shop.example.com/', page_title: 'Shop', language: 'en' },
      fields: { email: 'joe@bloggs.com', first_name: 'Joe' },
    })),
  });

async function turn(url: string, pid: number, body: () => string) {
  const agent = agentOf(CONNECTIONS);
  const end = performance.now() + SECONDS * 1_000;
  const [from, cpu] = [performance.now(), cpuUs(pid)];
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const status = await send(agent, url, body());
        if (status !== 202) throw new Error(`${url} answered ${status}`);
        count++;
      }
    }),
  );
  agent.destroy();
  return { perSecond: count / ((performance.now() - from) / 1_000), cpu: (cpuUs(pid) - cpu) / count };
}

const [hub, bare] = await Promise.all([launch({ env: { DEMO: 'false' } }), startBare()]);
try {
  const siteId = await makeSite(hub);
  const barePid = workerdOf(process.pid);
  const cases = [
    { name: 'bare 202', url: `${bare.url}/`, pid: barePid, events: 1 },
    { name: 'bare Durable Object, a row a group', url: `${bare.url}/row`, pid: barePid, events: 1 },
    { name: 'hubwire, 1 event a beacon', url: `${hub.url}/v1/events`, pid: hub.workerdPid, events: 1 },
    { name: 'hubwire, 10 events a beacon', url: `${hub.url}/v1/events`, pid: hub.workerdPid, events: 10 },
  ];
  const results = cases.map((it) => ({ ...it, perSecond: [] as number[], cpu: [] as number[] }));
  for (let i = 0; i < TURNS; i++)
    for (const result of results) {
      console.error(`turn ${i + 1} of ${TURNS}: ${result.name} …`);
      const { perSecond, cpu } = await turn(result.url, result.pid, () => beacon(siteId, result.events));
      result.perSecond.push(perSecond);
      result.cpu.push(cpu);
    }
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const [first, second] = results.map(({ cpu, perSecond }) => ({ cpu: median(cpu), perSecond: median(perSecond) }));
  table(
    results.map(({ name, perSecond, cpu }) => ({
      '': name,
      'requests/s': median(perSecond).toFixed(0),
      'of the bare object': (median(perSecond) / (second?.perSecond ?? 1)).toFixed(2),
      'CPU µs': median(cpu).toFixed(0),
      'of the bare 202': (median(cpu) / (first?.cpu ?? 1)).toFixed(2),
    })),
  );
} finally {
  await Promise.all([hub.stop(), bare.stop()]);
}
