import { expect, test } from 'vitest';
import type { Follows } from '../../worker/follows-tables.ts';
import { HandOver, lastOf } from '../../worker/hand-over.ts';
import type { Journaled } from '../../worker/rpc.ts';

const follows = { matches: () => true } as unknown as Follows;
const entry = (n: number) => ({ n, at: 0, event: { event: 'SignUpSuccess' } }) as Journaled;
const followers = (count: number, last: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`lane ${i}`, { matching: {}, last }]));

test('commits for fifty integrations that come faster than timers are all handed over', async () => {
  const offered: string[] = [];
  const lane = (id: string) => ({
    offer: async () => void offered.push(id),
    wake: async () => 0,
    needs: async () => ({ cursor: 0, open: null }),
  });
  const handOver = new HandOver(lane);
  for (let n = 1; n <= 250; n++)
    handOver.offer({ entries: [entry(n)], chars: 100 }, lastOf(followers(50, n - 1)), followers(50, n), follows);
  await handOver.begun();
  expect(offered).toHaveLength(250 * 50);
});
