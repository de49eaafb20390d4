// `npm run bench` itself takes half an hour and is no test; this holds what can break without anyone running it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GOALS } from './bench/goals.ts';
import { PARTS } from './bench/parts.ts';
import { OBJECT_GB, priceOf } from './bench/prices.ts';
import { figure, quantile, table } from './bench/table.ts';
import { node, root } from './support/launch.ts';

const sources = PARTS.map(({ file }) => readFileSync(join(root, 'test', 'bench', file), 'utf8'));

test('every part is there, under a name of its own, and reports under it', () => {
  expect(new Set(PARTS.map(({ name }) => name)).size).toBe(PARTS.length);
  for (const [i, { name }] of PARTS.entries()) expect(sources[i]).toContain(`await part('${name}'`);
});

test('every goal is measured by exactly one part', () => {
  const measuredBy = (goal: string) =>
    sources.filter((source) => new RegExp(`bench\\.goal\\(\\s*'${goal}'`).test(source)).length;
  expect(Object.keys(GOALS).filter((goal) => measuredBy(goal) !== 1)).toEqual([]);
});

test('a part that does not exist is refused with the names of those that do', () => {
  const { status, stderr } = spawnSync(node, [join(root, 'test', 'bench', 'bench.ts'), 'latencies', '--fast'], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('No such part: latencies.');
  expect(stderr).toContain('No such option: --fast.');
  for (const { name } of PARTS) expect(stderr).toContain(name);
});

test('the price of a million events is the sum of its items', () => {
  const perEvent = {
    'requests of the Worker': 1,
    'ms of its CPU': 0,
    'calls and alarms of objects': 2,
    'GB-s of objects': OBJECT_GB,
    'rows written': 1.5,
    'rows read': 0,
    'KV reads': 0,
    'KV writes and lists': 0.1,
  };
  const sum = priceOf(perEvent).reduce((total, { usd }) => total + usd, 0);
  // By hand: 0.30 + 2 × 0.15 + 0.128 × 12.50 + 1.5 × 1.00 + 0.1 × 5.00
  expect(sum).toBeCloseTo(0.3 + 0.3 + 1.6 + 1.5 + 0.5);
});

test('tables keep three digits that mean something, and quantiles are values that were measured', () => {
  expect([1_234.56, 12.345, 0.012345, 3, Number.NaN].map(figure)).toEqual(['1,235', '12.3', '0.0123', '3', '–']);
  expect(table([{ a: 'x', b: 1 }])).toBe('a  b\n─  ─\nx  1');
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(3);
  expect(quantile([5], 0.99)).toBe(5);
});
