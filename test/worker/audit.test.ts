import { expect, test } from 'vitest';
import { Audit, type AuditMarks, type Link } from '../../worker/audit.ts';
import { RECOUNT_CHARS_PER_CALL } from '../../worker/limits.ts';
import type { Marks } from '../../worker/marks-tables.ts';

/** A log of rows that each count one more than the one before; ten of them are what one call can afford. */
function logOf(rows: number) {
  const kept = new Map<string, unknown>();
  const marks = {
    get: (name: string) => kept.get(name) ?? null,
    set: (name: string, value: unknown) => kept.set(name, value),
  } as unknown as Marks<AuditMarks>;
  const totals = new Map(Array.from({ length: rows }, (_, i) => [i + 1, i + 1]));
  const looked = new Set<number>();
  const link = (place: number): Link<number> => ({
    place,
    chars: RECOUNT_CHARS_PER_CALL / 10,
    read() {
      looked.add(place);
      return totals.get(place) ?? Number.NaN;
    },
  });
  const places = [...totals.keys()];
  const audit = new Audit<number>(
    {
      name: 'test',
      down: () => places.toReversed().map(link),
      up: (from) => places.filter((place) => place >= from).map(link),
      base: () => 0,
      disagreement: (older, newer) => (newer === older + 1 ? null : 'it does not add up'),
      stale: () => null,
    },
    marks,
  );
  return { audit, totals, looked };
}

test('the first call after a burst proves all of it, the next one what is affordable', () => {
  const { audit, looked } = logOf(100);
  expect(audit.prove(0)).toEqual([]);
  expect(looked.size).toBe(100);
  looked.clear();
  expect(audit.prove(0)).toEqual([]);
  expect(looked.size).toBeLessThan(15);
});

test('what the first call found stays in the answer of those that look less far', () => {
  const { audit, totals } = logOf(100);
  totals.set(3, 7);
  const places = (of: Audit<number>) => of.prove(0).map(({ place }) => place);
  expect(places(audit).sort()).toEqual([3, 4]);
  expect(places(audit).sort()).toEqual([3, 4]);
});

test('the oldest row is held against what stands before it, however long the log', () => {
  const { audit, totals } = logOf(100);
  for (const place of totals.keys()) totals.set(place, place + 1);
  expect(audit.prove(0).map(({ place }) => place)).toEqual([1]);
});
