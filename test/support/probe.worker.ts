// A Worker that does one thing: one attempt, as a lane makes it. Run by probe.ts with the bindings that ship.
import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../../worker/bindings.ts';
import { Deadlines } from '../../worker/deadlines.ts';
import { type Delivery, deliver, outsideOf } from '../../worker/deliver.ts';
import type { Attempt } from '../../worker/schedule.ts';

export class Journal extends DurableObject {}
export class Lane extends DurableObject {}
export class Directory extends DurableObject {}

export type Asked = { delivery: Delivery; timeoutMs: number } | { below: string };
export type Answered = Attempt | { status: number } | { error: string };

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const asked = (await request.json()) as Asked;
    return Response.json('below' in asked ? await below(env, asked.below) : await attempt(env, asked));
  },
};

const attempt = (env: Env, { delivery, timeoutMs }: Exclude<Asked, { below: string }>): Promise<Attempt> =>
  deliver(delivery, { ...outsideOf(env, Date.now), deadlines: new Deadlines(timeoutMs, Date.now) });

/** Past the rules for URLs: what the binding itself lets through. */
async function below(env: Env, url: string): Promise<Answered> {
  try {
    return { status: (await (env.EGRESS as Fetcher).fetch(url)).status };
  } catch (error) {
    return { error: String(error) };
  }
}
