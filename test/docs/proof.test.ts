// The README's table of proofs: its goals are those that the bench judges by, in their order, and a figure that misses
// its goal says so.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boundOf, GOALS } from '../bench/goals.ts';
import { readDocument } from '../support/commands.ts';
import { root } from '../support/launch.ts';

type Row = { claim: string; goal: string; measured: string; command: string };

const rowsOf = (text: string): Row[] =>
  [...text.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| (`[^`|]+`) \|$/gm)].map(
    ([, claim = '', goal = '', measured = '', command = '']) => ({ claim, goal, measured, command }),
  );
const number = (text: string) => Number(/\d[\d,]*(\.\d+)?/.exec(text)?.[0].replaceAll(',', ''));

/** Whether what stands in the row is a figure that says honestly whether it meets the goal, or that there is none. */
function isHonest({ goal, measured }: Row): boolean {
  if (measured === '–') return true;
  const [bound, figure] = [number(goal), number(measured)];
  const met = goal.startsWith('≥') ? figure >= bound : figure <= bound;
  return Number.isFinite(figure) && met !== measured.endsWith(', missed');
}

const rows = rowsOf(readDocument('README.md').split('## Proof')[1]?.split('\n## ')[0] ?? '');

test('the goals of the bench come first, in its order', () => {
  const bounds = Object.values(GOALS).map(boundOf);
  expect(rows.slice(0, bounds.length).map(({ goal }) => goal.replace(' ×', ''))).toEqual(bounds);
  expect(rows.length).toBeGreaterThan(bounds.length);
});

test.each(rows)('$claim: $measured', (row) => {
  expect(isHonest(row)).toBe(true);
});

test('the script weighs what the table says', () => {
  const { brotli } = JSON.parse(readFileSync(join(root, 'client/size.json'), 'utf8'));
  expect(number(rows.find(({ command }) => command === '`npm run build`')?.measured ?? '')).toBe(brotli);
});

test('a missed goal that is not called so is found out, and so is a met one that is', () => {
  const row = { claim: '', command: '', goal: '≤ 1.1 ×' };
  expect(isHonest({ ...row, measured: '1.2 ×' })).toBe(false);
  expect(isHonest({ ...row, measured: '1.2 ×, missed' })).toBe(true);
  expect(isHonest({ ...row, measured: '1.02 ×' })).toBe(true);
  expect(isHonest({ ...row, measured: '1.02 ×, missed' })).toBe(false);
  expect(isHonest({ ...row, measured: 'fast' })).toBe(false);
});
