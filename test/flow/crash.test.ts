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
import { fails, Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const ROUNDS = Number(process.env.HUBWIRE_KILLS ?? 3);
const SENDERS = 8;
const WAYS = ['both', 'workerd', 'node'] as const;
const env = { DEMO: 'false' };

const [steady, flaky] = [new Receiver(), new Receiver()];
let hub: Launched | undefined;
let dataDir = '';

afterAll(async () => {
  await hub?.stop();
  await Promise.all([steady.stop(), flaky.stop()]);
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
  await Promise.all([steady.start(), flaky.start()]);
  // One of two fails every third request, so that kills also hit retries.
  let count = 0;
  flaky.mood = (hook, response) => (++count % 3 === 0 ? fails : works)(hook, response);
  hub = await launch({ dataDir, env });
  const siteId = await makeSite(hub);
  await integrate(hub, siteId, steady.url);
  await integrate(hub, siteId, flaky.url, { schedule_seconds: Array.from({ length: 20 }, () => 1) });

  const load = new Load();
  for (let round = 0; round < ROUNDS; round++) {
    const enough = load.acknowledged.size + 50 + Math.floor(Math.random() * 300);
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

  const running = hub;
  const books = await until(
    'everything to be delivered',
    async () => {
      const now = await booksOf(running, siteId);
      return pendingOf(now) === 0 && now;
    },
    60_000,
  );
  const accepted = load.acknowledged.size;
  expect(books).toMatchObject({ balanced: true, events: { SignUpSuccess: accepted } });
  for (const { triggers } of books.integrations)
    expect(triggers).toEqual([
      expect.objectContaining({ matching: accepted, succeeded: accepted, failed: 0, skipped: 0 }),
    ]);
  for (const receiver of [steady, flaky])
    expect([...load.acknowledged].filter((id) => !receiver.ids.has(id))).toEqual([]);
  const again = steady.hooks.length - steady.ids.size;
  console.log(`${ROUNDS} kills, ${accepted} events: 0 lost, books balanced; ${again} webhooks came again, same id`);
});
