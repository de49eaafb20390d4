// How fast a backlog is delivered. The receiver holds its answers until the backlog is there, so that accepting is not
// measured along; then it answers all at once, and from then on as it is told. Owns that hold, the same for whoever
// delivers. Trade-off: loading must be done before the sender's timeout, which here is 15 s for all of them.
import type { Mood, Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const DONE_MS = 180_000;

export type Drained = { perSecond: number; cpuUs: number };

export async function drain(
  receiver: Receiver,
  { mood, count, load, cpuUs }: { mood: Mood; count: number; load(): unknown; cpuUs(): number },
): Promise<Drained> {
  const held: (() => void)[] = [];
  receiver.hooks.length = 0;
  receiver.mood = (hook, response) => held.push(() => mood(hook, response));
  await load();
  await until('the first to wait at the receiver', () => held.length > 0);
  const [from, cpu, early] = [performance.now(), cpuUs(), receiver.hooks.length];
  receiver.mood = mood;
  for (const answer of held) answer();
  await until(`${count} to arrive`, () => receiver.hooks.length >= count, DONE_MS);
  const last = receiver.hooks[count - 1]?.at ?? Number.NaN;
  const left = count - early;
  return { perSecond: left / ((last - from) / 1_000), cpuUs: (cpuUs() - cpu) / left };
}
