import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { GroupCommit } from '../../worker/group-commit.ts';

const GAP_MS = 4;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function recording() {
  const committed: number[][] = [];
  const commits = new GroupCommit<number, number>({
    gapMs: GAP_MS,
    now: Date.now,
    commit(items) {
      committed.push([...items]);
      return items.map((item) => item * 10);
    },
  });
  return { commits, committed };
}

test('after a pause the first is committed at once, those that follow closely together', async () => {
  const { commits, committed } = recording();
  const answers = [commits.add(1), commits.add(2), commits.add(3)];
  expect(committed).toEqual([[1]]);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  expect(committed).toEqual([[1], [2, 3]]);
  expect(await Promise.all(answers)).toEqual([10, 20, 30]);
});

test('in a crowd, what queued up behind a commit that took long shares the next one', async () => {
  const { commits, committed } = recording();
  for (const item of [1, 2, 3]) void commits.add(item);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  vi.setSystemTime(Date.now() + 10 * GAP_MS);
  for (const item of [4, 5, 6]) void commits.add(item);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  expect(committed).toEqual([[1], [2, 3], [4, 5, 6]]);
});

test('when the crowd has gone, one alone waits no longer', async () => {
  const { commits, committed } = recording();
  for (const item of [1, 2, 3]) void commits.add(item);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  void commits.add(4);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  void commits.add(5);
  expect(committed).toEqual([[1], [2, 3], [4], [5]]);
});

test('a commit that fails is the error of everyone in it, and of no one after', async () => {
  let broken = true;
  const commits = new GroupCommit<number, number>({
    gapMs: GAP_MS,
    now: Date.now,
    commit(items) {
      if (broken) throw new Error('the disk is full');
      return [...items];
    },
  });
  const failed = [commits.add(1), commits.add(2)].map((it) => it.catch((error: Error) => error.message));
  await vi.advanceTimersByTimeAsync(GAP_MS);
  expect(await Promise.all(failed)).toEqual(['the disk is full', 'the disk is full']);
  broken = false;
  const taken = commits.add(3);
  await vi.advanceTimersByTimeAsync(GAP_MS);
  expect(await taken).toBe(3);
});
