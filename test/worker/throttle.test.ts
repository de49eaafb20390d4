import { describe, expect, test } from 'vitest';
import { afterAttempt, allowance, backlogDoneAt, type Health, Pace } from '../../worker/throttle.ts';

const WELL: Health = { failures: 0, failing_since: null, recovered_at: null };
const NOW = 1_000_000_000;
const failing = (failures: number, since: number): Health => ({ failures, failing_since: since, recovered_at: null });

test('a lane that is well sends as fast as its connections go, or as its own pace allows', () => {
  expect(allowance(WELL, null, NOW)).toEqual({ mode: 'steady', connections: 6, perSecond: null });
  expect(allowance(WELL, 30, NOW)).toEqual({ mode: 'steady', connections: 6, perSecond: 30 });
});

test('neither a burst of failures nor a few over a long time trip the breaker; many over a minute do', () => {
  expect(allowance(failing(500, NOW - 59_000), null, NOW).mode).toBe('steady');
  expect(allowance(failing(19, NOW - 3_600_000), null, NOW).mode).toBe('steady');
  expect(allowance(failing(20, NOW - 60_000), null, NOW)).toEqual({
    mode: 'probing',
    connections: 1,
    perSecond: 1 / 15,
  });
});

test('a success after an outage begins the ramp, a failure within it begins it anew, a failure when well does not', () => {
  const back = afterAttempt(failing(100, NOW - 3_600_000), 'succeeded', NOW, NOW);
  expect(back).toEqual({ failures: 0, failing_since: null, recovered_at: NOW });
  const stumbled = afterAttempt(back, 'failed', NOW + 5_000, NOW + 5_000);
  expect(stumbled).toEqual({ failures: 1, failing_since: NOW + 5_000, recovered_at: NOW + 5_000 });
  expect(afterAttempt(WELL, 'failed', NOW, NOW).recovered_at).toBeNull();
  expect(afterAttempt(failing(3, NOW - 1_000), 'succeeded', NOW, NOW).recovered_at).toBeNull();
});

test('a receiver that refuses one kind of event keeps no other waiting, though a day of it counts as failing', () => {
  let health = WELL;
  for (let at = NOW; at < NOW + 120_000; at += 1_000) health = afterAttempt(health, 'refused', at, at);
  expect(allowance(health, null, NOW + 120_000)).toEqual({ mode: 'steady', connections: 6, perSecond: null });
  expect(health.failing_since).toBe(NOW);
  const back = afterAttempt(failing(100, NOW - 3_600_000), 'refused', NOW, NOW);
  expect(allowance(back, null, NOW).mode).toBe('recovering');
});

test('the ramp doubles from two a second and ends', () => {
  const back: Health = { ...WELL, recovered_at: NOW };
  const paces = [0, 2, 4, 6, 8, 10, 12].map((s) => allowance(back, null, NOW + s * 1_000).perSecond);
  expect(paces).toEqual([2, 4, 8, 16, 32, 64, 128]);
  expect(allowance(back, null, NOW + 14_000)).toEqual({ mode: 'steady', connections: 6, perSecond: null });
  expect(allowance(back, 10, NOW + 12_000).perSecond).toBe(10);
});

/** Sends a backlog through a pace on a clock of milliseconds; answers when the last one began. */
function drain(health: Health, backlog: number, maxPerSecond: number | null): number {
  const pace = new Pace();
  for (let now = NOW; ; now++)
    while (pace.wait(now) === 0) {
      pace.begin(now, allowance(health, maxPerSecond, now).perSecond ?? 200);
      if (--backlog === 0) return now;
    }
}

describe('the estimate of when a backlog is done', () => {
  test.each([30, 200, 500, 5_000])('is within a fifth of what %i deliveries really take', (backlog) => {
    const back: Health = { ...WELL, recovered_at: NOW };
    const estimate = backlogDoneAt(backlog, allowance(back, null, NOW), 200, NOW) ?? 0;
    const real = drain(back, backlog, null);
    expect(Math.abs(estimate - real) / (real - NOW)).toBeLessThan(0.2);
  });

  test('is, where nothing keeps the lane back, how fast it has been', () => {
    expect(backlogDoneAt(50, allowance(WELL, null, NOW), 10, NOW)).toBe(NOW + 5_000);
    expect(backlogDoneAt(50, allowance(WELL, null, NOW), 0, NOW)).toBeNull();
  });

  test('is not made while the endpoint is down, and is now where nothing waits', () => {
    expect(backlogDoneAt(5, allowance(failing(99, 0), null, NOW), 100, NOW)).toBeNull();
    expect(backlogDoneAt(0, allowance(WELL, null, NOW), 0, NOW)).toBe(NOW);
  });
});

test('the outage began with the first failure, however many follow', () => {
  expect(afterAttempt(failing(3, NOW - 60_000), 'failed', NOW, NOW).failing_since).toBe(NOW - 60_000);
});

test('a pace holds for its gap alone, also where the clock has run back', () => {
  const pace = new Pace();
  pace.begin(NOW, 10);
  expect(pace.wait(NOW - 3_600_000)).toBe(100);
});

test('what was not used of a pace is not saved up', () => {
  const pace = new Pace();
  pace.begin(NOW, 10);
  expect(pace.wait(NOW)).toBe(100);
  expect(pace.wait(NOW + 5_000)).toBe(0);
  pace.begin(NOW + 5_000, 10);
  expect(pace.wait(NOW + 5_000)).toBe(100);
});
