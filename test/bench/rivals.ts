// hubwire beside what a user would build from npm, in one run, in turns, to the same receiver: an express server with
// bullmq on Redis, its log on disk each second (the default) or before each answer, and with pg-boss on PostgreSQL.
// The same work: keep an event durably, answer 202, sign it, POST it, try again. hubwire keeps to six connections an
// endpoint, as its platform makes it; the rivals may have fifty and a hundred, and two processes beside their store's.
// `least` says what latency hubwire's runtime allows: it keeps an event, hands it to a second object and sends it. With
// no thought of a crowd it is no measure of how much goes through. What of a latency is the wait for the disk shows with
// `TMPDIR=/dev/shm`, where all of them keep their data in memory.
import { installIn } from '../../worker/local/install.mjs';
import { type Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { type Competitor, hubwire, least, RIVALS, rival, type Way } from './competitor.ts';
import { drain } from './drain.ts';
import { type Killed, killed } from './killed.ts';
import { beaconOf, flatOut, openLine, signUp, startReceiver, steadily } from './load.ts';
import { type Bench, part } from './part.ts';
import { cpuUs, memoryMb } from './process.ts';
import { ensureStores, postgres, redis } from './stores.ts';
import { median, quantile, ratio } from './table.ts';

const PER_SECOND = 100;
const PER_BEACON = 50;
const WARM_UP = 300;
const DONE_MS = 120_000;

type Entrant = {
  it: Way;
  /** Of each turn. */
  latencies: number[][];
  latencyCpu: number[];
  accepted: number[];
  ended: number[];
  cpu: number[];
  drained: number[];
  drainedCpu: number[];
  memory: number;
};

await part('rivals', async (bench) => {
  ensureStores();
  await installIn(RIVALS);
  const receiver = await startReceiver();
  const entrants: Entrant[] = [];
  const enter = async (starting: Promise<Way>) => {
    const it = await starting;
    bench.say(`${it.name} is up`);
    entrants.push({
      it,
      latencies: [],
      latencyCpu: [],
      accepted: [],
      ended: [],
      cpu: [],
      drained: [],
      drainedCpu: [],
      memory: 0,
    });
  };
  try {
    const to = receiver.url;
    await enter(hubwire(to));
    await enter(least(to));
    await enter(rival('express + bullmq + Redis, fsync each second', 'bullmq', await redis('everysec'), to));
    await enter(rival('express + bullmq + Redis, fsync always', 'bullmq', await redis('always'), to));
    await enter(rival('express + pg-boss + PostgreSQL', 'pg-boss', await postgres(), to));
    await race(bench, receiver, entrants);
    bench.table(
      `Event → receiver at ${PER_SECOND} events/s, medians of turns; CPU of all processes, the store's too`,
      entrants.map(({ it, latencies, latencyCpu }) => ({
        '': it.name,
        events: latencies.flat().length,
        'p50 ms': median(ofTurns(latencies, 0.5)),
        'p95 ms': median(ofTurns(latencies, 0.95)),
        'p99 ms': median(ofTurns(latencies, 0.99)),
        'CPU µs/event': median(latencyCpu),
      })),
    );
    bench.table(
      'As much as goes, 50 connections, an event a beacon: accepted while delivering; then a backlog, delivered alone',
      entrants
        .filter(({ accepted }) => accepted.length > 0)
        .map((one) => ({
          '': one.it.name,
          'accepted/s': median(one.accepted),
          'through to the receiver/s': median(one.ended),
          'CPU µs/event, all': median(one.cpu),
          'backlog delivered/s': median(one.drained),
          'CPU µs/delivery': median(one.drainedCpu),
          'memory MB': one.memory,
        })),
    );
    bench.table('The same latency as ratios, medians of those of the turns', latencyRatios(entrants));
    const deaths = await die(bench, receiver, entrants.map(({ it }) => it).filter(isCompetitor));
    bench.table('kill -9 in the middle of accepting and delivering', deaths);
    judge(bench, entrants, deaths);
  } finally {
    await Promise.all([receiver.stop(), ...entrants.map(({ it }) => it.stop())]);
  }
});

function isCompetitor(it: Way): it is Competitor {
  return 'kill9' in it;
}

/** All that is timed, in turns. */
async function race(bench: Bench, receiver: Receiver, entrants: readonly Entrant[]): Promise<void> {
  const turns = bench.pick(5, 1);
  const seconds = bench.pick(8, 3);
  const count = bench.pick(4_000, 500);
  const arrived = (n: number) => until(`${n} to arrive`, () => receiver.hooks.length >= n, DONE_MS);
  for (let turn = 0; turn <= turns; turn++)
    for (const one of entrants) {
      const { it } = one;
      bench.say(`${turn === 0 ? 'warm-up' : `turn ${turn} of ${turns}`}: ${it.name}`);
      const line = openLine(it.url());
      const spent = () => cpuUs(...it.pids());
      receiver.mood = works;
      receiver.hooks.length = 0;
      if (turn === 0) {
        await flatOut(
          (n) => n < WARM_UP,
          () => line.post(beaconOf(it.siteId, [signUp()])),
        );
        await arrived(WARM_UP);
        line.close();
        continue;
      }
      let cpu = spent();
      const sentAt = new Map<string, number>();
      await steadily(PER_SECOND, seconds, () => {
        const event = signUp();
        sentAt.set(event.id, performance.now());
        return line.post(beaconOf(it.siteId, [event]));
      });
      await arrived(sentAt.size);
      one.latencies.push(receiver.hooks.map(({ id, at }) => at - (sentAt.get(id) ?? Number.NaN)));
      one.latencyCpu.push((spent() - cpu) / sentAt.size);
      if (!isCompetitor(it)) {
        line.close();
        continue;
      }

      receiver.hooks.length = 0;
      cpu = spent();
      const from = performance.now();
      const { perSecond } = await flatOut(
        (n) => n < count,
        () => line.post(beaconOf(it.siteId, [signUp()])),
      );
      await arrived(count);
      one.accepted.push(perSecond);
      one.ended.push(count / (((receiver.hooks[count - 1]?.at ?? Number.NaN) - from) / 1_000));
      one.cpu.push((spent() - cpu) / count);

      const backlog = () => beaconOf(it.siteId, Array.from({ length: PER_BEACON }, signUp));
      const load = () =>
        flatOut(
          (n) => n < count / PER_BEACON,
          () => line.post(backlog()),
          4,
        );
      const drained = await drain(receiver, { mood: works, count, load, cpuUs: spent });
      one.drained.push(drained.perSecond);
      one.drainedCpu.push(drained.cpuUs);
      one.memory = memoryMb(...it.pids());
      line.close();
    }
}

/** Nothing is timed here, so all of them die at once: first without their stores, then with them. */
async function die(bench: Bench, receiver: Receiver, all: readonly Competitor[]): Promise<Killed[]> {
  const limitS = bench.pick(90, 45);
  const deaths: Killed[] = [];
  for (const withStore of [false, true]) {
    bench.say(`kill -9 of every process${withStore ? ', the store too' : ' but the store'}; then up to ${limitS} s`);
    const competitors = all.filter(({ name }) => withStore || name !== 'hubwire');
    deaths.push(...(await killed(receiver, competitors, withStore, limitS * 1_000)));
  }
  return deaths;
}

function ofTurns(turns: readonly number[][], q: number): number[] {
  return turns.map((latencies) => quantile(latencies, q));
}

/** Against both kinds of bullmq, by name. */
function againstRedis({ latencies }: Entrant, entrants: readonly Entrant[], q: number): Record<string, number> {
  const onRedis = entrants.filter(({ it }) => it.name.includes('bullmq'));
  return Object.fromEntries(
    onRedis.map((other) => [`÷ ${other.it.name}`, ratio(ofTurns(latencies, q), ofTurns(other.latencies, q))]),
  );
}

/** hubwire, and the least way through two objects of its runtime. */
function latencyRatios(entrants: readonly Entrant[]) {
  const [hub, floor] = entrants as [Entrant, Entrant];
  return [0.5, 0.99].flatMap((q) =>
    [hub, floor].map((one) => ({ '': `${one.it.name}, p${q * 100}`, ...againstRedis(one, entrants, q) })),
  );
}

function judge(bench: Bench, entrants: readonly Entrant[], deaths: readonly Killed[]): void {
  const [hub] = entrants as [Entrant];
  // Against the better of the two, whichever that is.
  const worse = (q: number) => Math.max(...Object.values(againstRedis(hub, entrants, q)));
  bench.goal('latencyP50', worse(0.5));
  bench.goal('latencyP99', worse(0.99));
  const ours = deaths.filter((row) => row[''] === hub.it.name);
  bench.goal(
    'lost',
    ours.reduce((sum, { lost, stuck }) => sum + lost + stuck, 0),
  );
}
