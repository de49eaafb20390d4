// The parts of `npm run bench`, in the order in which they run: the short ones first.
// Owns names and headings; what a part measures is its own file's, test/bench/NAME.ts.
// Trade-off: each is a process of its own, so that none leaves memory or open connections to the next.

export type PartOfBench = { name: string; what: string; file: string; needsBrowsers?: boolean };

const part = (name: string, what: string) => ({ name, what, file: `${name}.ts` });

export const PARTS: readonly PartOfBench[] = [
  part('beacons', 'Accepted beacons, beside a bare Worker and a bare Durable Object'),
  part('latency', 'From the event to the receiver'),
  part('deliveries', 'Deliveries, beside a bare fetch loop'),
  part('isolation', 'What an endpoint that misbehaves does to the others'),
  part('cost', "Rows, requests and writes per event, and their price on Cloudflare's network"),
  part('scale', 'Shards 1, 4 and 16'),
  part('rivals', 'Beside what one would build from npm'),
  part('dashboard', "The dashboard's pages with 100,000 deliveries behind them"),
  { ...part('tracker', 'What the tracker costs the page'), needsBrowsers: true },
  part('volume', 'Memory, data folder and start-up after 1,000,000 events'),
];
