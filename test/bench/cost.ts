// What an event with two integrations costs on Cloudflare's network: rows written, calls and alarms of Durable
// Objects, writes of KV, counted in the runtime that ships, and their price per million events with the arithmetic.
// Idle: each event alone, everything at rest between two. Steady: 100 a second. Under load: as many as go.
// Left out: the hourly self-check and the daily clean-up, some 25 alarms a day for each object that was in use.
import { setTimeout as wait } from 'node:timers/promises';
import { booksOf, integrate, makeSite, pendingOf } from '../support/client.ts';
import { slow, works } from '../support/receiver.ts';
import { beaconOf, flatOut, openLine, signUp, startReceiver, steadily } from './load.ts';
import { allRows, type Metered, rowsOf, since, startMetered } from './metered.ts';
import type { Meter } from './metered.worker.ts';
import { part } from './part.ts';
import { type Billed, OBJECT_GB, priceOf } from './prices.ts';
import { cpuUs } from './process.ts';
import { figure, type Row } from './table.ts';

const INTEGRATIONS = 2;
/** Longer than any duty of an object waits that follows from an event; the first figures come after 1 s, later after 10. */
const REST_MS = 12_000;
const ASK_MS = 1_000;
const RECEIVER_MS = 50;

type Scenario = {
  name: string;
  events: number;
  answersMs: number;
  send(post: () => Promise<unknown>): Promise<unknown>;
};

await part('cost', async (bench) => {
  const [hub, receiver] = await Promise.all([startMetered(), startReceiver()]);
  const line = openLine(`${hub.url}/v1/events`);
  try {
    const siteId = await makeSite(hub);
    for (let i = 0; i < INTEGRATIONS; i++) await integrate(hub, siteId, receiver.url);
    const post = () => line.post(beaconOf(siteId, [signUp()]));
    const seconds = bench.pick(30, 5);
    const [alone, many] = [bench.pick(5, 2), bench.pick(5_000, 1_000)];
    const scenarios: Scenario[] = [
      {
        name: 'idle',
        events: alone,
        answersMs: RECEIVER_MS,
        async send(one) {
          for (let i = 1; i <= alone; i++) {
            bench.say(`idle: event ${i} of ${alone}, then ${REST_MS / 1_000} s of rest`);
            await one();
            if (i < alone) await atRest(hub);
          }
        },
      },
      {
        name: '100 a second',
        events: 100 * seconds,
        answersMs: RECEIVER_MS,
        send: (one) => steadily(100, seconds, one),
      },
      { name: 'under load', events: many, answersMs: 0, send: (one) => flatOut((count) => count < many, one) },
    ];
    await post();
    const results: { name: string; meter: Meter; cpuUs: number; perEvent: (value: number) => number }[] = [];
    for (const { name, events, answersMs, send } of scenarios) {
      bench.say(`${name}: ${events.toLocaleString('en')} events`);
      receiver.mood = answersMs === 0 ? works : slow(answersMs);
      await atRest(hub);
      const [before, cpu] = [await hub.read(), cpuUs(hub.workerdPid)];
      await send(post);
      receiver.hooks.length = 0;
      const busy = cpuUs(hub.workerdPid) - cpu;
      await atRest(hub);
      results.push({ name, meter: since(before, await hub.read()), cpuUs: busy, perEvent: (value) => value / events });
      const pending = pendingOf(await booksOf(hub, siteId));
      if (pending > 0) throw new Error(`${name}: ${pending} deliveries still pending, so they are not counted`);
    }
    bench.table(
      `Per event, delivered to ${INTEGRATIONS} integrations`,
      results.map(({ name, meter, perEvent }): Row => {
        const { kv, requests } = meter;
        const { journal, lane, directory } = meter.objects;
        return {
          '': name,
          beacons: perEvent(requests),
          'rows: journal': perEvent(rowsOf(journal)),
          'rows: lanes': perEvent(rowsOf(lane)),
          'rows in all': perEvent(allRows(meter)),
          calls: perEvent(journal.calls + lane.calls + directory.calls),
          alarms: perEvent(journal.alarms + lane.alarms + directory.alarms),
          'active ms': perEvent(journal.activeMs + lane.activeMs + directory.activeMs),
          'KV reads': perEvent(kv.read),
          'KV writes': perEvent(kv.written),
        };
      }),
    );
    bench.table(
      'Rows written per event, by table (noted: deliveries that ended late, here those of a backlog)',
      results.map(({ name, meter, perEvent }) => ({ '': name, ...byTable(meter, perEvent) })),
    );
    for (const { name, meter, cpuUs, perEvent } of results) {
      const prices = priceOf(billed(meter, cpuUs, perEvent));
      const rows: Row[] = prices.map(({ item, perEvent, usdPerMillion, usd }) => ({
        item,
        'per event': perEvent,
        '× $ per million': usdPerMillion,
        '= $ per million events': usd,
      }));
      const total = prices.reduce((sum, { usd }) => sum + usd, 0);
      rows.push({ item: 'all', 'per event': '', '× $ per million': '', '= $ per million events': total });
      bench.table(`Price, ${name}: $${figure(total)} per million events, beyond what the plan includes`, rows);
    }
    const { meter, perEvent } = results.at(-1) as (typeof results)[number];
    bench.goal('rows', perEvent(allRows(meter)));
  } finally {
    line.close();
    await Promise.all([hub.stop(), receiver.stop()]);
  }
});

/** Returns when nothing was counted for as long as any duty waits; asks seldom, because each question costs CPU. */
async function atRest(hub: Metered): Promise<void> {
  let [text, changed] = ['', performance.now()];
  while (performance.now() - changed < REST_MS) {
    const now = JSON.stringify(await hub.read());
    if (now !== text) [text, changed] = [now, performance.now()];
    await wait(ASK_MS);
  }
}

/** Every table of every kind, so that scenarios have the same columns. */
function byTable({ objects }: Meter, perEvent: (value: number) => number): Row {
  const rows: Row = {};
  for (const [kind, tables] of [
    ['journal', ['segments', 'ids', 'people', 'agenda', 'alarm', 'marks']],
    ['lane', ['log', 'retries', 'noted', 'agenda', 'alarm', 'marks']],
  ] as const)
    for (const table of tables) rows[`${kind} ${table}`] = perEvent(objects[kind].rowsWritten[table] ?? 0);
  return rows;
}

/** CPU is the whole runtime's, objects included, which the platform bills by duration: so a little too much. */
function billed({ requests, kv, objects }: Meter, cpuUs: number, perEvent: (value: number) => number): Billed {
  const all = Object.values(objects);
  const sum = (of: (counts: (typeof all)[number]) => number) => all.reduce((total, counts) => total + of(counts), 0);
  return {
    'requests of the Worker': perEvent(requests),
    'ms of its CPU': perEvent(cpuUs / 1_000),
    'calls and alarms of objects': perEvent(sum(({ calls, alarms }) => calls + alarms)),
    'GB-s of objects': perEvent((sum(({ activeMs }) => activeMs) / 1_000) * OBJECT_GB),
    'rows written': perEvent(sum(rowsOf)),
    'rows read': perEvent(sum(({ rowsRead }) => rowsRead)),
    'KV reads': perEvent(kv.read),
    'KV writes and lists': perEvent(kv.written),
  };
}
