// The queue on Redis, as bullmq's own documentation sets it up. Settings beyond its defaults favour it: fifty at once.
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const NAME = 'events';
const AT_ONCE = 50;
/** Ten attempts, doubling from 5 s. */
const RETRIES = { attempts: 10, backoff: { type: 'exponential', delay: 5_000 } };

/** @param {string} store the port of a Redis on this machine */
export async function open(store) {
  const connect = () => new Redis(Number(store), '127.0.0.1', { maxRetriesPerRequest: null });
  const queue = new Queue(NAME, { connection: connect() });
  await queue.waitUntilReady();
  return {
    add: (events) =>
      queue.addBulk(
        events.map((data) => ({
          name: data.event,
          data,
          // Under the event's id, so that one that comes twice is kept once.
          opts: { ...RETRIES, jobId: data.id, removeOnComplete: { count: 1_000 } },
        })),
      ),
    async work(deliver) {
      const options = { connection: connect(), concurrency: AT_ONCE };
      await new Worker(NAME, ({ data }) => deliver(data), options).waitUntilReady();
    },
    /** What it still holds and has not finished. */
    async held() {
      const counts = await queue.getJobCounts('active', 'waiting', 'delayed', 'prioritized', 'paused');
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    },
  };
}
