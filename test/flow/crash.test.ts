// kill -9 under load, as often as HUBWIRE_KILLS says (3 without it): nothing that was accepted is lost, nothing is
// counted twice, and after each restart the books balance. The load behaves like trackers: what was not acknowledged
// is sent again, with the same id.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WireEvent } from '../../worker/beacon.ts';
import { booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { fails, Receiver, slow, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const ROUNDS = Number(process.env.HUBWIRE_KILLS ?? 3);
const SENDERS = 8;
const SLOW_MS = 40;
/** Few in the short run, which is about the kills themselves. */
const BEACONS_A_ROUND = ROUNDS > 3 ? 300 : 60;
const WAYS = ['both', 'workerd', 'node'] as const;
const env = { DEMO: 'false' };

const [steady, slowly, flaky, down] = [new Receiver(), new Receiver(), new Receiver(), new Receiver()];
const receivers = [steady, slowly, flaky, down];
let hub: Launched | undefined;
let dataDir = '';

afterAll(async () => {
  await hub?.stop();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  await rm(dataDir, { recursive: true, force: true });
});

/** Sends as trackers do until told to stop; what was not acknowledged stays in `outbox`. */
class Load {
  readonly acknowledged = new Set<string>();
  readonly outbox = new Map<string, WireEvent>();
  #stopped = false;

  async run(url: string, siteId: string): Promise<void> {
    this.#stopped = false;
    await Promise.all(Array.from({ length: SENDERS }, () => this.#send(url, siteId)));
  }

  stop(): void {
    this.#stopped = true;
  }

  async #send(url: string, siteId: string): Promise<void> {
    while (!this.#stopped) {
      const event = newSignUp();
      this.outbox.set(event.id, event);
      await this.deliver(url, siteId, [event]).catch(() => this.stop());
    }
  }

  async deliver(url: string, siteId: string, events: WireEvent[]): Promise<void> {
    const { rejected } = await post(url, siteId, events);
    expect(rejected).toEqual([]);
    for (const { id } of events) {
      this.outbox.delete(id);
      this.acknowledged.add(id);
    }
  }
}

test(`nothing accepted is lost or counted twice over ${ROUNDS} kills`, {
  timeout: 60_000 + ROUNDS * 20_000,
}, async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-crash-'));
  await Promise.all(receivers.map((receiver) => receiver.start()));
  slowly.mood = slow(SLOW_MS);
  // Every third request fails, so that kills also hit retries; and one receiver is away until the last kill.
  let count = 0;
  flaky.mood = (hook, response) => (++count % 3 === 0 ? fails : works)(hook, response);
  await down.stop();
  hub = await launch({ dataDir, env });
  const siteId = await makeSite(hub);
  const again = (seconds: number) => ({ schedule_seconds: Array.from({ length: 20 }, () => seconds) });
  for (const { url } of [steady, slowly]) await integrate(hub, siteId, url);
  await integrate(hub, siteId, flaky.url, again(1));
  await integrate(hub, siteId, down.url, again(Math.max(5, ROUNDS)));

  const load = new Load();
  for (let round = 0; round < ROUNDS; round++) {
    const enough = load.acknowledged.size + 30 + Math.floor(Math.random() * BEACONS_A_ROUND);
    const running = load.run(hub.url, siteId);
    await until(`${enough} beacons to be accepted`, () => load.acknowledged.size >= enough, 60_000);
    await hub.kill9(WAYS[round % WAYS.length] as (typeof WAYS)[number]);
    load.stop();
    await running;
    if (WAYS[round % WAYS.length] !== 'workerd') hub = await launch({ dataDir, env });
    const { url } = hub;
    await until(
      'the collector to be back',
      () =>
        fetch(`${url}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      30_000,
    );
    for (const event of [...load.outbox.values()]) await load.deliver(url, siteId, [event]);
    expect(await booksOf(hub, siteId)).toMatchObject({
      balanced: true,
      events: { SignUpSuccess: load.acknowledged.size },
    });
  }

  await down.start(down.port);
  const running = hub;
  const books = await until(
    'everything to be delivered',
    async () => {
      const now = await booksOf(running, siteId);
      return pendingOf(now) === 0 && now;
    },
    60_000 + ROUNDS * 3_000,
  );
  const accepted = load.acknowledged.size;
  expect(books).toMatchObject({ balanced: true, events: { SignUpSuccess: accepted } });
  for (const { triggers } of books.integrations)
    expect(triggers).toEqual([
      expect.objectContaining({ matching: accepted, succeeded: accepted, failed: 0, skipped: 0 }),
    ]);
  for (const receiver of receivers) expect([...load.acknowledged].filter((id) => !receiver.ids.has(id))).toEqual([]);
  const repeated = steady.hooks.length - steady.ids.size;
  console.log(
    `${ROUNDS} kills, ${accepted} events: 0 lost, books balanced; ${repeated} webhooks of ${steady.hooks.length} came again, same id`,
  );
});
