import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Histogram, merge, quantile, record } from '../../worker/histogram.ts';

const of = (durations: number[]): Histogram => {
  const histogram: Histogram = {};
  for (const ms of durations) record(histogram, ms);
  return histogram;
};

test('nothing recorded has no quantile', () => {
  expect(quantile({}, 0.5)).toBeNull();
});

test('a quantile lies between the true one and √2 above it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1 }),
      fc.constantFrom(0.5, 0.95, 1),
      (durations, q) => {
        const sorted = durations.toSorted((a, b) => a - b);
        const exact = sorted[Math.ceil(q * sorted.length) - 1] as number;
        const read = quantile(of(durations), q) as number;
        expect(read).toBeGreaterThanOrEqual(Math.floor(exact));
        expect(read).toBeLessThanOrEqual(Math.ceil(exact * Math.SQRT2) + 1);
      },
    ),
  );
});

test('what is added and taken away again leaves nothing', () => {
  expect(merge(of([1, 50, 900]), of([900, 1, 50]), -1)).toEqual({});
});
