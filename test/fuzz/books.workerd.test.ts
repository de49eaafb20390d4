import fc from 'fast-check';
import { beforeEach, expect, vi } from 'vitest';
import {
  admin,
  books,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  receiver,
  send,
} from '../support/collector.workerd.ts';
import { DAY_MS, pass } from '../support/rows.workerd.ts';
import { die, standAtNoon } from '../support/time.workerd.ts';
import { holds } from './holds.ts';

standAtNoon();
beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  vi.spyOn(console, 'error').mockImplementation(() => {});
});

/** What must be true of the site, as it was told step by step. */
type Model = { accepted: string[]; duplicate: number };
type Real = {
  siteId: string;
  tool: string;
  watcher: string;
  outside: ReturnType<typeof receiver>;
};

/** A step that somebody or something takes; after each the books are read. */
class Step implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #run: (model: Model, real: Real) => Promise<unknown>;
  constructor(name: string, run: (model: Model, real: Real) => Promise<unknown>) {
    this.#name = name;
    this.#run = run;
  }
  check = () => true;
  toString = () => this.#name;
  async run(model: Model, real: Real): Promise<void> {
    await this.#run(model, real);
    await balances(model, real.siteId);
  }
}

async function balances({ accepted, duplicate }: Model, siteId: string) {
  const now = await books(siteId);
  expect(now.events).toMatchObject({ SignUpSuccess: accepted.length, SiteViewed: 0, duplicate, refused: 0 });
  for (const { triggers } of now.integrations)
    for (const { matching, succeeded, failed, skipped, pending } of triggers) {
      expect(succeeded + failed + skipped + pending).toBe(matching);
      expect(Math.min(succeeded, failed, skipped, pending)).toBeGreaterThanOrEqual(0);
    }
  expect(now.integrations[0]?.triggers[0]?.matching).toBe(accepted.length);
  expect([now.balanced, now.mismatches]).toEqual([true, []]);
  return now;
}

const at = ({ siteId, tool }: Real, call: string) => `/v1/sites/${siteId}/integrations/${tool}${call}`;
const time = async (real: Real, ms: number) => {
  for (const stub of [journal(real.siteId), lane(real.tool), lane(real.watcher)]) await pass(stub, ms / 3);
};

const steps = [
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat()).map(
    ([count, again]) =>
      new Step(`accept ${count}`, async (model, { siteId }) => {
        const fresh = Array.from({ length: count }, () => event());
        const known = model.accepted[again % Math.max(1, model.accepted.length)];
        const answer = await send(siteId, ...fresh, ...(known ? [event({ id: known })] : []));
        expect(answer).toEqual({ accepted: count, duplicate: known ? 1 : 0, rejected: [] });
        model.accepted.push(...fresh.map(({ id }) => id));
        model.duplicate += known ? 1 : 0;
      }),
  ),
  fc.constantFrom(200, 200, 500, 404, 410).map(
    (status) =>
      new Step(`answer ${status}`, async (_, { outside }) => {
        outside.answer = () => new Response('', { status });
      }),
  ),
  fc.constantFrom(1_000, 10_000, DAY_MS).map((ms) => new Step(`pass ${ms} ms`, (_, real) => time(real, ms))),
  fc.constant(new Step('disable', (_, real) => admin('PATCH', at(real, ''), { enabled: false }))),
  fc
    .boolean()
    .map((catch_up) => new Step(`enable ${catch_up}`, (_, real) => admin('POST', at(real, '/enable'), { catch_up }))),
  fc
    .constantFrom('failed', 'skipped', 'succeeded')
    .map((status) => new Step(`replay ${status}`, (_, real) => admin('POST', at(real, '/replay'), { status }))),
  fc.nat().map(
    (which) =>
      new Step('replay one', async ({ accepted }, { siteId, tool }) => {
        const id = accepted[which % Math.max(1, accepted.length)];
        if (!id) return;
        const { status } = await admin('POST', `/v1/sites/${siteId}/deliveries/${id}/${tool}/replay`);
        expect([200, 422]).toContain(status);
      }),
  ),
  fc.constant(new Step('the lane dies', (_, { tool }) => die(lane(tool)))),
  fc.constant(new Step('the journal dies', (_, { siteId }) => die(journal(siteId)))),
];

holds(
  'whatever is accepted, answered, switched, sent again or killed, the books balance after each step, and end with nothing pending',
  6,
  fc.asyncProperty(fc.commands(steps, { maxCommands: 14, size: 'max' }), async (commands) => {
    const outside = receiver();
    const { siteId } = await makeSite();
    const { id: tool } = await integrate(siteId, { schedule_seconds: [1, 5] });
    const { id: watcher } = await integrate(siteId, {
      triggers: ['WebhookSuccess', 'WebhookError'],
      schedule_seconds: [1],
    });
    const model: Model = { accepted: [], duplicate: 0 };
    const real = { siteId, tool, watcher, outside };
    await fc.asyncModelRun(() => ({ model, real }), commands);

    outside.answer = () => new Response('ok');
    await admin('POST', at(real, '/enable'), {});
    const pending = (it: Awaited<ReturnType<typeof books>>) =>
      it.integrations.flatMap(({ triggers }) => triggers).reduce((sum, row) => sum + row.pending, 0);
    await vi.waitFor(async () => {
      await time(real, 60_000);
      expect(pending(await balances(model, siteId))).toBe(0);
    }, 10_000);
    const { succeeded = 0 } = (await books(siteId)).integrations[0]?.triggers[0] ?? {};
    const arrived = new Set(outside.received.map(({ body }) => body.id));
    expect(model.accepted.filter((id) => arrived.has(id)).length).toBeGreaterThanOrEqual(succeeded);
  }),
);
