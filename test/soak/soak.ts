// One hubwire under a load, before a street of endpoints: what a soak does to it, and what must be true meanwhile.
// Owns the running parts, the kill in a rush with the start after it, and the check of the books against what the pages
// know. Leaves when each of these happens, and the sums at the end, to the test.
// Trade-off: a check while events are under way can only say "between what was acknowledged and what was raised"; after
// each kill the load pauses, and there the figures must be equal.
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Books } from '../../worker/books.ts';
import { booksOf, integrate, makeSite } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { until } from '../support/until.ts';
import { type Chance, chanceOf } from './chance.ts';
import { Endpoint, STORMS, type Storm } from './endpoint.ts';
import { Load } from './load.ts';
import { Lives } from './memory.ts';
import { EVENTS_PER_SECOND, STORM_MS, type Way } from './plan.ts';

/** The one endpoint whose deliveries end after two attempts, as failures. */
export const GIVEN_UP = 'given up';

const ENV = { DEMO: 'false' };
const RUSH_MS_MIN = 100;
const RUSH_MS_MAX = 600;
const RETRIES = 20;
/** Few attempts a storm, and all of them outlast several. */
const RETRIES_A_STORM = 3;

export class Soak {
  readonly runtimes = new Lives();
  readonly launchers = new Lives();
  checks = 0;
  kills = 0;
  /** The data folder before the first event. */
  readonly emptyBytes: number;
  readonly endpoints: Endpoint[];
  readonly load: Load;
  readonly #siteId: string;
  readonly #chance: Chance;
  #hub: Launched;

  private constructor(hub: Launched, siteId: string, endpoints: Endpoint[], emptyBytes: number, seed: number) {
    this.#hub = hub;
    this.#siteId = siteId;
    this.endpoints = endpoints;
    this.emptyBytes = emptyBytes;
    this.#chance = chanceOf(seed, 'kills');
    this.load = new Load(hub.url, siteId, chanceOf(seed, 'load'));
  }

  static async open(seed: number): Promise<Soak> {
    const hub = await launch({ dataDir: await mkdtemp(join(tmpdir(), 'hubwire-soak-')), env: ENV });
    const siteId = await makeSite(hub, { shards: 2 });
    const endpoints: Endpoint[] = [];
    const patient = Array.from({ length: RETRIES }, () => Math.ceil(STORM_MS / RETRIES_A_STORM / 1_000));
    const add = async (name: string, storms: readonly Storm[], more: object): Promise<Endpoint> => {
      const endpoint = new Endpoint(name, chanceOf(seed, name));
      endpoints.push(endpoint);
      await endpoint.start();
      const { secret } = await integrate(hub, siteId, endpoint.url, { name, schedule_seconds: patient, ...more });
      endpoint.expect(secret);
      if (storms.length > 0) endpoint.brew(storms, STORM_MS);
      return endpoint;
    };
    await add('steady', [], { triggers: ['SignUpSuccess', 'WebhookError'] });
    (await add('slow', [], {})).dawdle();
    await add('failing', ['fails', 'asks for time'], {});
    await add('hanging', ['hangs', 'drops'], {});
    await add('everything', STORMS, {});
    await add(GIVEN_UP, ['fails', 'is away'], { schedule_seconds: [1] });
    return new Soak(hub, siteId, endpoints, await sizeOf(hub.dataDir), seed);
  }

  begin(): void {
    this.load.begin(EVENTS_PER_SECOND);
  }

  async sample(): Promise<void> {
    const { pid, workerdPid } = this.#hub;
    await Promise.all([this.runtimes.sample(workerdPid), this.launchers.sample(pid, workerdPid)]);
  }

  books(): Promise<Books> {
    return booksOf(this.#hub, this.#siteId);
  }

  /** Throws when the books do not hold, once, what the pages know. */
  async check(): Promise<Books> {
    const { acknowledged, repeated } = this.load;
    const least = acknowledged.size;
    const books = await this.books();
    const most = this.load.raised;
    expect(books).toMatchObject({ balanced: true, mismatches: [] });
    expect(this.problems()).toEqual([]);
    const { SignUpSuccess, duplicate } = books.events;
    const matching = books.integrations.flatMap(({ triggers }) =>
      triggers.filter(({ event }) => event === 'SignUpSuccess').map((trigger) => trigger.matching),
    );
    expect(matching).toHaveLength(this.endpoints.length);
    for (const count of [SignUpSuccess, ...matching]) {
      expect(count, 'lost').toBeGreaterThanOrEqual(least);
      expect(count, 'counted twice').toBeLessThanOrEqual(most);
    }
    expect(duplicate).toBeGreaterThanOrEqual(repeated);
    this.checks += 1;
    return books;
  }

  /** kill -9 in a rush, then the start that follows, what the pages kept, and a check that must come out even. */
  async kill(way: Way): Promise<void> {
    const { workerdPid, dataDir } = this.#hub;
    this.load.rush();
    await wait(this.#chance.between(RUSH_MS_MIN, RUSH_MS_MAX));
    await this.#hub.kill9(way);
    this.kills += 1;
    await this.load.pause();
    if (way !== 'workerd') this.#hub = await launch({ dataDir, env: ENV });
    await until('the runtime to be back', () => this.#isBack(workerdPid), 60_000);
    await this.calm();
    this.begin();
  }

  /** Nothing is raised any more, all is acknowledged, and the books say the same to the last event. */
  async calm(): Promise<void> {
    await this.load.pause();
    await this.load.resend(this.#hub.url);
    const { events } = await this.check();
    expect(events.SignUpSuccess).toBe(this.load.raised);
  }

  problems(): string[] {
    return [this.load, ...this.endpoints].flatMap(({ problems }) => problems);
  }

  /** Ends it as Ctrl-C does; gives the size of what it leaves. */
  async end(): Promise<number> {
    expect(await this.#hub.stop()).toBe(0);
    return sizeOf(this.#hub.dataDir);
  }

  /** Whatever became of it, nothing stays behind. */
  async close(): Promise<void> {
    await this.load.pause();
    await this.#hub.stop();
    await Promise.all(this.endpoints.map((endpoint) => endpoint.stop()));
    await rm(this.#hub.dataDir, { recursive: true, force: true });
  }

  async #isBack(former: number): Promise<boolean> {
    const { url, workerdPid } = this.#hub;
    const { ok } = await fetch(`${url}/health`).catch(() => ({ ok: false }));
    return ok && workerdPid !== former && workerdPid !== 0;
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
