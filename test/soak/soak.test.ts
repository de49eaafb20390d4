// Months of a customer's life, in minutes: events at a steady rate, endpoints that fail, hang, are away and recover, and
// kill -9 at random moments, in a rush. At every check the books balance and hold what was acknowledged, once; at the
// end each endpoint has got every sign-up, and no process has grown.
// One minute and three kills in every run. HUBWIRE_SOAK_MINUTES=30 npm test -- soak is the long form, HUBWIRE_KILLS=50
// kills that often, HUBWIRE_SEED brings the same chances again. Time is real here: that is what a soak is.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import type { Books } from '../../worker/books.ts';
import { pendingOf } from '../support/client.ts';
import { until } from '../support/until.ts';
import * as plan from './plan.ts';
import { GIVEN_UP, Soak } from './soak.ts';

let soak: Soak | undefined;
afterAll(() => soak?.close());

const clock = (ms: number) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1_000) % 60).padStart(2, '0')}`;
const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const failedOf = ({ integrations }: Books) =>
  integrations.flatMap(({ triggers }) => triggers).reduce((sum, { failed }) => sum + failed, 0);

/** All that happens before the calm at the end. */
async function run(soak: Soak): Promise<void> {
  const { load, runtimes, launchers } = soak;
  const kills = plan.killsOf(plan.SEED);
  const due = { check: plan.CHECK_MS, show: plan.SHOW_MS, sample: 0, end: plan.LENGTH_MS };
  let pending = 0;
  const begun = performance.now();
  soak.begin();
  for (;;) {
    const at = performance.now() - begun;
    if (at >= due.end && kills.length === 0) return;
    if (at >= due.sample) {
      await soak.sample();
      due.sample = at + plan.SAMPLE_MS;
    }
    if (at >= due.check) {
      pending = pendingOf(await soak.check());
      due.check = at + plan.CHECK_MS;
    }
    if (at >= due.show) {
      const figures = `${load.acknowledged.size} events, ${pending} deliveries pending, ${soak.kills} kills, ${soak.checks} checks`;
      const memory = `workerd ${mib(runtimes.last)}, node ${mib(launchers.last)}`;
      console.log(`${clock(at)} of ${clock(plan.LENGTH_MS)}: ${figures}, ${memory}`);
      due.show = at + plan.SHOW_MS;
    }
    const [kill] = kills;
    if (kill && at >= kill.at) {
      kills.shift();
      await soak.kill(kill.way);
      due.end = Math.max(plan.LENGTH_MS, performance.now() - begun + plan.CALM_MS);
    }
    await wait(plan.SAMPLE_MS / 5);
  }
}

/** All endpoints work again, and everything comes to its end. */
async function drain(soak: Soak): Promise<Books> {
  await soak.calm();
  await Promise.all(soak.endpoints.map((endpoint) => endpoint.clear()));
  // The endpoints are asked first: reading the books is work that would keep them waiting.
  const missing = () =>
    soak.endpoints.some(({ name, got }) => name !== GIVEN_UP && soak.load.unknownTo(got).length > 0);
  await until('every endpoint to get everything', () => !missing(), plan.DRAIN_MS);
  const drained = async () => {
    const books = await soak.books();
    return pendingOf(books) === 0 && books.events.WebhookError === failedOf(books) && books;
  };
  await until('everything to be delivered', drained, plan.DRAIN_MS);
  return soak.check();
}

function judge({ load, endpoints }: Soak, { integrations }: Books): void {
  const accepted = load.acknowledged.size;
  for (const [i, { name, stormy, got, thanked, storms }] of endpoints.entries()) {
    const row = integrations[i]?.triggers.find(({ event }) => event === 'SignUpSuccess');
    const failed = name === GIVEN_UP ? (row?.failed ?? 0) : 0;
    expect(row, name).toMatchObject({ matching: accepted, succeeded: accepted - failed, failed, skipped: 0 });
    if (name === GIVEN_UP) expect(failed, 'deliveries that were given up').toBeGreaterThan(0);
    else expect(load.unknownTo(got), `not received by "${name}"`).toEqual([]);
    // A success may be unheard in a kill, and end as a failure; a failure never counts as a success.
    expect(thanked.size, name).toBeGreaterThanOrEqual(accepted - failed);
    if (stormy) expect(storms, name).toBeGreaterThan(0);
  }
  expect(load.repeated).toBeGreaterThan(0);
}

test(`nothing is lost, counted twice or hoarded in ${clock(plan.LENGTH_MS)} with ${plan.KILLS} kills (HUBWIRE_SEED=${plan.SEED})`, {
  timeout: 3 * plan.LENGTH_MS + plan.DRAIN_MS,
}, async () => {
  soak = await Soak.open(plan.SEED);
  await run(soak);
  const books = await drain(soak);
  judge(soak, books);
  const { load, endpoints, kills, checks, emptyBytes } = soak;
  const accepted = load.acknowledged.size;
  const requests = endpoints.reduce((sum, endpoint) => sum + endpoint.requests, 0);
  const bytes = await soak.end();
  console.log(
    `${accepted} events to ${endpoints.length} endpoints in ${requests} requests, ${kills} kills, ${checks} checks: 0 lost, 0 counted twice`,
  );
  console.log(`disk: ${mib(bytes)}, ${Math.round((bytes - emptyBytes) / accepted)} bytes an event`);
  for (const [name, lives] of Object.entries({ workerd: soak.runtimes, node: soak.launchers })) {
    const growths = lives.growths(plan.WARM_UP_MS);
    for (const { from, to, overMs } of growths)
      console.log(`memory of ${name}: ${mib(from)} after the warm-up, ${mib(to)} ${clock(overMs)} later`);
    expect(growths.length, `${name} never lived long enough to be judged`).toBeGreaterThan(0);
    for (const { from, to } of growths) expect(to - from, `growth of ${name}`).toBeLessThan(plan.TOLERANCE_BYTES);
  }
});
