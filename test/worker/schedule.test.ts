import { describe, expect, test } from 'vitest';
import { SCHEDULE_DEFAULT_S } from '../../worker/limits.ts';
import { type Attempt, judge, retryAfterMs } from '../../worker/schedule.ts';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const tried = (status: number | null, at = NOW, headers = {}): Attempt => ({
  at,
  duration_ms: 5,
  status,
  error: null,
  response_headers: headers,
  response_body: '',
});
const verdict = (status: number | null, headers = {}, random = 0) =>
  judge([tried(status, NOW, headers)], SCHEDULE_DEFAULT_S, NOW, random);

/** Runs the whole schedule: the time of each attempt in seconds after the first. */
function wholeSchedule(status: number | null, random: number, waits: readonly number[] = SCHEDULE_DEFAULT_S): number[] {
  const attempts: Attempt[] = [];
  for (let now = NOW; ; ) {
    attempts.push(tried(status, now));
    const next = judge(attempts, waits, now, random);
    if (next.kind !== 'retry') return attempts.map(({ at }) => (at - NOW) / 1_000);
    now = next.at;
  }
}

test('2xx has succeeded, and nothing else has', () => {
  for (const status of [200, 201, 202, 204, 299]) expect(verdict(status)).toEqual({ kind: 'succeeded' });
  for (const status of [null, 101, 300, 301, 304, 400, 404, 408, 429, 500, 503])
    expect(verdict(status).kind).toBe('retry');
});

test('410 has failed for good', () => {
  expect(verdict(410)).toEqual({ kind: 'failed', gone: true });
});

test('without jitter, ten attempts within 75 hours', () => {
  const times = wholeSchedule(500, 0);
  expect(times).toEqual([0, 5, 305, 2_105, 9_305, 27_305, 63_305, 113_705, 185_705, 272_105]);
});

test('jitter only lengthens, by a fifth at most', () => {
  expect(verdict(500, {}, 0.5)).toEqual({ kind: 'retry', at: NOW + 5_500 });
  expect(verdict(500, {}, 1)).toEqual({ kind: 'retry', at: NOW + 6_000 });
});

test('a 4xx that seldom mends itself is given up after the first day; 408, 429 and 5xx are not', () => {
  for (const status of [400, 401, 403, 404, 302]) expect(wholeSchedule(status, 0).at(-1)).toBe(63_305);
  for (const status of [408, 429, 500, 503, null]) expect(wholeSchedule(status, 0)).toHaveLength(10);
});

test('an own schedule is followed; an empty one is a single attempt', () => {
  expect(wholeSchedule(500, 0, [1, 2])).toEqual([0, 1, 3]);
  expect(wholeSchedule(500, 0, [])).toEqual([0]);
});

test('a wait of exactly a day, by schedule or by Retry-After, is kept also after a 4xx, jitter or not', () => {
  expect(wholeSchedule(404, 1, [86_400])).toEqual([0, 103_680]);
  const asked = judge([tried(404, NOW, { 'retry-after': '86400' })], SCHEDULE_DEFAULT_S, NOW + 900, 1);
  expect(asked).toEqual({ kind: 'retry', at: NOW + 900 + 86_400_000 });
});

describe('Retry-After', () => {
  test('lengthens a wait, never shortens it', () => {
    expect(verdict(429, { 'retry-after': '60' })).toEqual({ kind: 'retry', at: NOW + 60_000 });
    expect(verdict(429, { 'retry-after': '1' })).toEqual({ kind: 'retry', at: NOW + 5_000 });
  });

  test.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:10:00 GMT', 600_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['999999999', 86_400_000],
    ['-5', 0],
    ['soon', 0],
    ['', 0],
    [undefined, 0],
  ])('%s is %i ms', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });
});
