// What Cloudflare charges on the paid plan beyond what its monthly fee includes, in US dollars, and what so many billed
// effects cost. Sources, read in November 2026: developers.cloudflare.com/durable-objects/platform/pricing,
// …/workers/platform/pricing, …/kv/platform/pricing.
// Included each month for $5 and not deducted here: 10 M requests, 1 M calls of objects, 400,000 GB-s, 50 M rows
// written, 25,000 M rows read, 10 M reads and 1 M writes of KV. Storage is left out: it depends on the retention.

const PER_MILLION_USD = {
  'requests of the Worker': 0.3,
  'ms of its CPU': 0.02,
  'calls and alarms of objects': 0.15,
  'GB-s of objects': 12.5,
  'rows written': 1,
  'rows read': 0.001,
  'KV reads': 0.5,
  'KV writes and lists': 5,
} as const;

/** Memory that an object is billed for, whatever it uses. */
export const OBJECT_GB = 0.128;

export type Billed = Record<keyof typeof PER_MILLION_USD, number>;

/** For each item: how much of it an event needs, its price, and what a million events cost. */
export function priceOf(perEvent: Billed): { item: string; perEvent: number; usdPerMillion: number; usd: number }[] {
  return (Object.entries(PER_MILLION_USD) as [keyof Billed, number][]).map(([item, usdPerMillion]) => ({
    item,
    perEvent: perEvent[item],
    usdPerMillion,
    // A million events need a million times as much, and the price is for a million.
    usd: perEvent[item] * usdPerMillion,
  }));
}
