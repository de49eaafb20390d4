import { expect, test } from 'vitest';
import { growthOf, Lives, memoryOf } from './memory.ts';
import { flatnessOf } from './plan.ts';

const MIB = 1_048_576;
const WARM_UP_MS = 60_000;
const series = (seconds: number, bytes: (second: number) => number) =>
  Array.from({ length: seconds }, (_, i) => ({ at: i * 1_000, bytes: bytes(i) }));
const grown = (seconds: number, bytes: (second: number) => number) => {
  const growth = growthOf(series(seconds, bytes), WARM_UP_MS);
  return growth && growth.to - growth.from;
};

test('a leak is seen under the saw of the garbage collector, and the saw alone is none', () => {
  const saw = (second: number) => 100 * MIB + (second % 20) * MIB;
  expect(grown(600, saw)).toBe(0);
  expect(grown(600, (second) => saw(second) + second * 0.1 * MIB)).toBeGreaterThan(30 * MIB);
});

test('half an hour sees a leak of a kilobyte a delivery, ten events a second to six endpoints', () => {
  const { calmMs, warmUpMs, toleranceBytes } = flatnessOf(30 * 60_000);
  const leaking = (bytes: number) => {
    const growth = growthOf(
      series(calmMs / 1_000, (second) => 140 * MIB + (second % 20) * MIB + second * 60 * bytes),
      warmUpMs,
    );
    return Number(growth?.to) - Number(growth?.from);
  };
  expect(leaking(1_024)).toBeGreaterThan(toleranceBytes);
  expect(leaking(0)).toBeLessThan(toleranceBytes / 10);
});

test('what is allocated while warming up is no leak', () => {
  expect(grown(600, (second) => Math.min(second, 60) * MIB)).toBe(0);
});

test('a life of less than two warm-ups says nothing', () => {
  expect(grown(119, () => MIB)).toBeNull();
});

test('a process is sampled by what it has allocated, and one that is gone not at all', async () => {
  const before = (await memoryOf(process.pid)) ?? 0;
  const held = Buffer.alloc(64 * MIB, 1);
  expect(((await memoryOf(process.pid)) ?? 0) - before).toBeGreaterThan(0.9 * held.length);
  const lives = new Lives();
  await lives.sample(0);
  expect(lives.growths(0)).toEqual([]);
});

test('a process begins a new life with what it serves', async () => {
  const lives = new Lives();
  for (const runtime of [1, 1, 2]) await lives.sample(process.pid, runtime);
  expect(lives.growths(0)).toHaveLength(2);
});
