import { expect, test } from 'vitest';
import type { Event } from '../../worker/event.ts';
import { InFlight } from '../../worker/in-flight.ts';
import { LANE_QUEUE_CHARS_MAX, LANE_QUEUE_MAX } from '../../worker/limits.ts';

const event = { event: 'SignUpSuccess', attributes: {}, fields: {} } as unknown as Event;
const entry = (n: number) => ({ n, at: 0, event });
const job = (n: number) => ({ ...entry(n), attempts: [] });
const settle = (work: InFlight, n: number) =>
  work.end({ kind: 'settled', job: job(n), status: 'succeeded', reason: null });

test('entries that follow are taken once; a gap is refused', () => {
  const work = new InFlight(0, []);
  expect(work.take(0, [entry(1), entry(2)], 2)).toBe(true);
  expect(work.take(0, [entry(2), entry(3)], 3)).toBe(true);
  expect(work.take(4, [entry(5)], 5)).toBe(false);
  expect([work.next()?.n, work.next()?.n, work.next()?.n, work.next()]).toEqual([1, 2, 3, null]);
});

test('the cursor passes what has begun, and what is open stays known until it is committed', () => {
  const work = new InFlight(0, []);
  work.take(0, [entry(1), entry(2), entry(3)], 3);
  work.next();
  work.next();
  expect(work.cursor).toBe(2);
  settle(work, 2);
  expect([...work.open.keys()]).toEqual([1, 2]);
  expect(work.drain()).toHaveLength(1);
  expect([...work.open.keys()]).toEqual([1]);
});

test('what has ended is handed over in parts that each fit a row; the rest stays open', () => {
  const work = new InFlight(0, []);
  const large = { event: 'SignUpSuccess', attributes: {}, fields: { note: 'x'.repeat(200_000) } } as unknown as Event;
  const entries = [1, 2, 3, 4, 5].map((n) => ({ n, at: 0, event: large }));
  work.take(0, entries, 5);
  for (const it of entries) {
    work.next();
    work.end({ kind: 'settled', job: { ...it, attempts: [] }, status: 'skipped', reason: null });
  }
  expect(work.drain().map(({ job }) => job.n)).toEqual([1, 2]);
  expect([...work.open.keys()]).toEqual([3, 4, 5]);
  expect([work.drain().length, work.drain().length, work.ended]).toEqual([2, 1, 0]);
});

test('positions without matching events move the cursor once the queue is empty', () => {
  const work = new InFlight(0, []);
  work.take(0, [], 40);
  expect(work.cursor).toBe(40);
});

test('new events and earlier ones take turns while both wait', () => {
  const work = new InFlight(10, []);
  work.take(10, [entry(11), entry(12), entry(13)], 13);
  work.again([job(1), job(2)]);
  expect(Array.from({ length: 5 }, () => work.next()?.n)).toEqual([11, 1, 12, 2, 13]);
});

test('after a restart, what was open is lost until it is read again, and is begun once', () => {
  const work = new InFlight(10, [
    [4, 'SignUpSuccess'],
    [7, 'SignUpSuccess'],
  ]);
  expect(work.lost).toEqual([4, 7]);
  work.again([job(4), job(7)]);
  work.again([job(4)]);
  expect(work.lost).toEqual([]);
  expect([work.next()?.n, work.next()?.n, work.next()]).toEqual([4, 7, null]);
  expect(work.cursor).toBe(10);
});

test('an erasure holds for all from before it that is still to come or to end, and is forgotten after that', () => {
  const person = { profile: null, sessions: ['S'] };
  const theirs = (n: number) => ({ n, at: 0, event: { ...event, user_session_id: 'S' } });
  const work = new InFlight(0, []);
  work.take(0, [theirs(1), theirs(2)], 2);
  const job = work.next();
  work.erase(person, 3);
  work.take(2, [theirs(3)], 3);
  expect([work.next()?.event.erased, work.next()?.event.erased]).toEqual([true, true]);
  for (const n of [2, 3]) settle(work, n);
  work.drain();
  expect(work.erasures).toBe(1);
  if (job) work.end({ kind: 'retry', job, due: 0 });
  expect(work.drain()).toMatchObject([{ kind: 'settled', status: 'skipped', job: { event: { erased: true } } }]);
  expect(work.erasures).toBe(0);
  work.erase(person, 3);
  expect(work.erasures).toBe(0);
});

test('there is room for so many entries, and for so many characters', () => {
  const work = new InFlight(0, []);
  const large = { event: 'SignUpSuccess', attributes: { a: 'x'.repeat(LANE_QUEUE_CHARS_MAX) }, fields: {} };
  expect(work.hasRoom(LANE_QUEUE_MAX)).toBe(true);
  expect(work.hasRoom(LANE_QUEUE_MAX + 1)).toBe(false);
  work.take(0, [{ n: 1, at: 0, event: large as unknown as Event }, entry(2)], 2);
  expect([work.hasRoom(1), work.isLow]).toEqual([false, false]);
  expect(work.next()?.n).toBe(1);
  expect([work.hasRoom(1), work.isLow]).toEqual([true, true]);
});
