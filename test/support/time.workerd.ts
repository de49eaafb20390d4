// The clock of tests in workerd: moved from alarm to alarm, never slept.
import { reset, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { DirectoryRpc, JournalRpc, LaneRpc } from '../../worker/rpc.ts';

/** Ahead of the real clock: workerd fires an alarm by itself when its time has really come. */
export const NOON = Date.parse('2126-06-01T12:00:00Z');

/** Each test of the file begins with empty objects, and leaves no mock, no other time and no row behind. */
export function startEmpty(): void {
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    await reset();
  });
}

/** Likewise, at noon. */
export function standAtNoon(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  });
  startEmpty();
}

type Stub = DurableObjectStub<JournalRpc> | DurableObjectStub<LaneRpc> | DurableObjectStub<DirectoryRpc>;

/** Moves the clock to the alarm and fires it. */
export async function nextAlarm(stub: Stub): Promise<void> {
  const alarm = () => runInDurableObject(stub as DurableObjectStub, (_, { storage }) => storage.getAlarm());
  const at = await vi.waitFor(async () => defined(await alarm()));
  vi.setSystemTime(Math.max(Date.now(), at));
  await runDurableObjectAlarm(stub as DurableObjectStub);
}

/** From alarm to alarm, until it is done. */
export async function passTime(stub: Stub, done: () => boolean | Promise<boolean>): Promise<void> {
  for (let turns = 0; !(await done()); turns++) {
    if (turns > 500) throw new Error('what was waited for does not come about');
    await nextAlarm(stub);
  }
}

/** As when the process dies: what is in memory is lost, the disk stays. */
export const die = (stub: Stub): Promise<unknown> =>
  runInDurableObject(stub as DurableObjectStub, (_, state) => state.abort('died in the test')).catch(() => {});

const defined = <T>(value: T | null): T => {
  expect(value).not.toBeNull();
  return value as T;
};
