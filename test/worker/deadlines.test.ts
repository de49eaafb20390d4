import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from '../../worker/deadlines.ts';
import { DEADLINE_STEP_MS } from '../../worker/limits.ts';

const TIMEOUT_MS = 15_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const made = () => new Deadlines(TIMEOUT_MS, Date.now);

test('each attempt is given its time, and little more, whenever it began', () => {
  const deadlines = made();
  const attempts = Array.from({ length: 40 }, () => {
    const attempt = { began: Date.now(), ...deadlines.begin(), aborted: 0 };
    attempt.signal.addEventListener('abort', () => {
      attempt.aborted = Date.now();
    });
    vi.advanceTimersByTime(7);
    return attempt;
  });
  vi.advanceTimersByTime(2 * TIMEOUT_MS);
  for (const { began, aborted } of attempts) {
    expect(aborted - began).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(aborted - began).toBeLessThanOrEqual(TIMEOUT_MS + DEADLINE_STEP_MS);
  }
});

test('attempts that begin together share a timer, and the last to end takes it away', () => {
  const deadlines = made();
  const together = Array.from({ length: 6 }, () => deadlines.begin());
  expect(vi.getTimerCount()).toBe(1);
  for (const attempt of together) attempt.end();
  expect(vi.getTimerCount()).toBe(0);
  expect(together.some(({ signal }) => signal.aborted)).toBe(false);
});

test('one that hangs holds no other: those that begin later have timers of their own', () => {
  const deadlines = made();
  const hanging = deadlines.begin();
  vi.advanceTimersByTime(DEADLINE_STEP_MS);
  const next = deadlines.begin();
  expect(vi.getTimerCount()).toBe(2);
  next.end();
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(TIMEOUT_MS);
  expect([hanging.signal.aborted, next.signal.aborted]).toEqual([true, false]);
  expect(vi.getTimerCount()).toBe(0);
});

test('where the clock stands still, what begins after an abort is not aborted with it', () => {
  const deadlines = new Deadlines(TIMEOUT_MS, () => 0);
  const first = deadlines.begin();
  vi.advanceTimersByTime(TIMEOUT_MS + DEADLINE_STEP_MS);
  expect(first.signal.aborted).toBe(true);
  expect(deadlines.begin().signal.aborted).toBe(false);
});

test('where the clock has run back, what begins later still has its whole time', () => {
  let clock = 3_600_000;
  const deadlines = new Deadlines(TIMEOUT_MS, () => clock);
  deadlines.begin();
  clock = 0;
  vi.advanceTimersByTime(TIMEOUT_MS - 1_000);
  const late = deadlines.begin();
  vi.advanceTimersByTime(TIMEOUT_MS - 1);
  expect(late.signal.aborted).toBe(false);
});
