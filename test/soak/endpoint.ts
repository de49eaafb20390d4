// A customer's endpoint over months, in minutes: it works, has a storm (fails, hangs, drops, is away), and recovers.
// Owns its weather and which ids it got and answered with success; every signature is verified as it comes.
// Leaves HTTP to the receiver. Trade-off: it keeps ids, not hooks: half an hour of bodies would fill the memory.
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { drops, fails, type Hook, type Mood, Receiver, slow, works } from '../support/receiver.ts';
import type { Chance } from './chance.ts';

export const STORMS = ['fails', 'asks for time', 'hangs', 'drops', 'is away'] as const;
export type Storm = (typeof STORMS)[number];

const SLOW_MS_MAX = 300;
/** Fine weather lasts longer. */
const FINE_TO_STORM = 2;
const later: Mood = (_, response) => response.writeHead(503, { 'retry-after': '1' }).end();

export class Endpoint {
  readonly name: string;
  /** Sign-ups that came, and those that were answered with success. */
  readonly got = new Set<string>();
  readonly thanked = new Set<string>();
  /** Requests, each repetition counted. */
  requests = 0;
  storms = 0;
  stormy = false;
  readonly problems: string[] = [];
  readonly #receiver = new Receiver();
  readonly #hanging = new Set<ServerResponse>();
  readonly #chance: Chance;
  #webhook: Webhook | undefined;
  #timer: NodeJS.Timeout | undefined;
  #away = false;
  #changing = Promise.resolve();

  constructor(name: string, chance: Chance) {
    this.name = name;
    this.#chance = chance;
  }

  get url(): string {
    return this.#receiver.url;
  }

  async start(): Promise<void> {
    await this.#receiver.start();
    this.#in(works);
  }

  /** From now on only what bears a signature of this secret is right. */
  expect(secret: string): void {
    this.#webhook = new Webhook(secret);
  }

  /** Answers after a while, always. */
  dawdle(): void {
    this.#in((hook, response) => slow(this.#chance.between(0, SLOW_MS_MAX))(hook, response));
  }

  /** Storms of these kinds come and go, each at most `ms` long, until `clear`. */
  brew(kinds: readonly Storm[], ms: number): void {
    this.stormy = true;
    const turn = (storm: Storm | null) => {
      this.#turn(storm);
      const next = storm === null ? this.#chance.pick(kinds) : null;
      const longest = storm === null ? FINE_TO_STORM * ms : ms;
      this.#timer = setTimeout(() => turn(next), this.#chance.between(longest / 4, longest));
    };
    turn(null);
  }

  /** Fine weather, for good. */
  async clear(): Promise<void> {
    clearTimeout(this.#timer);
    this.#turn(null);
    await this.#changing;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#changing;
    await this.#receiver.stop();
  }

  #turn(storm: Storm | null): void {
    if (storm !== null) this.storms += 1;
    for (const response of this.#hanging) response.destroy();
    this.#hanging.clear();
    const moods: Record<Storm, Mood> = {
      fails,
      'asks for time': later,
      hangs: (_, response) => void this.#hanging.add(response),
      drops,
      'is away': drops,
    };
    this.#in(storm === null ? works : moods[storm]);
    const away = storm === 'is away';
    if (away === this.#away) return;
    this.#away = away;
    const { port } = this.#receiver;
    this.#changing = this.#changing.then(async () => {
      if (away) await this.#receiver.stop();
      else await this.#receiver.start(port);
    });
  }

  #in(mood: Mood): void {
    this.#receiver.mood = (hook, response) => {
      this.#receiver.hooks.length = 0;
      this.#note(hook, response);
      mood(hook, response);
    };
  }

  #note({ id, text, headers, body }: Hook, response: ServerResponse): void {
    this.requests += 1;
    try {
      this.#webhook?.verify(text, headers);
    } catch (error) {
      this.problems.push(`${this.name}: ${id}: ${error}`);
    }
    if (body.event !== 'SignUpSuccess') return;
    this.got.add(id);
    response.once('finish', () => {
      if (response.statusCode < 300) this.thanked.add(id);
    });
  }
}
