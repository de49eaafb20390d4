// What readers look at, in KV: outcome records and snapshots of the counters; the one writer and reader of the keys
// `outcome:` and `stats:`. KV is a read model: late by seconds, never the ledger. Keys are deterministic, so that
// publishing again after a crash overwrites and doubles nothing. Key shapes: STORAGE.md.
import { DAY_MS, KV_TTL_S_MIN, OUTCOME_ROWS_PER_KEY, OUTCOME_WINDOW_MS } from './limits.ts';
import { Snapshot } from './stats.ts';

/** One ended delivery as readers see it: the body of WebhookSuccess or WebhookError, and how it went. */
export type OutcomeRecord = {
  [key: string]: string | Delivered;
  delivery: Delivered;
};
export type Delivered = {
  event_id: string;
  attempts: number;
  status: number | null;
  duration_ms: number;
  error: string | null;
};

/** KV lists keys in ascending order: time runs backwards so that the newest comes first. */
const LAST_MS = 9_999_999_999_999;
const reverse = (ms: number) => String(LAST_MS - ms).padStart(13, '0');
const outcomePrefix = (siteId: string) => `outcome:${siteId}:`;
const statsPrefix = (siteId: string) => `stats:${siteId}:`;

export type Kept = { siteId: string; retentionDays: number };
const expiry = ({ retentionDays }: Kept) => (retentionDays * DAY_MS) / 1_000;

/** The window in which a delivery that was committed at `at` (ms) is published. */
export const windowOf = (at: number) => Math.floor(at / OUTCOME_WINDOW_MS) * OUTCOME_WINDOW_MS;

/** A record as JSON text, and whether the delivery succeeded. */
export type RecordText = { text: string; ok: boolean };

/**
 * Writes what one lane settled within one window, for each row of its log the records, oldest first. Many rows are parted
 * among keys a millisecond apart: by their number, which an erasure leaves as it is, so that no old part stays.
 */
export async function publishOutcomes(
  kv: KVNamespace,
  kept: Kept,
  lane: string,
  window: number,
  rows: readonly (readonly RecordText[])[],
  now: number,
): Promise<void> {
  for (let from = 0; from < rows.length; from += OUTCOME_ROWS_PER_KEY) {
    const records = rows.slice(from, from + OUTCOME_ROWS_PER_KEY).flat();
    if (records.length > 0) await publishPart(kv, kept, lane, window + from / OUTCOME_ROWS_PER_KEY, records, now);
  }
}

function publishPart(
  kv: KVNamespace,
  kept: Kept,
  lane: string,
  at: number,
  records: readonly RecordText[],
  now: number,
): Promise<void> {
  const succeeded = records.filter(({ ok }) => ok).length;
  const texts = records.map(({ text }) => text).reverse();
  return kv.put(`${outcomePrefix(kept.siteId)}${reverse(at)}:${lane}`, `[${texts.join(',')}]`, {
    // Counted from when it happened, also where it is written late or again.
    expirationTtl: Math.max(KV_TTL_S_MIN, expiry(kept) - Math.floor((now - at) / 1_000)),
    metadata: { ok: succeeded, error: records.length - succeeded },
  });
}

/** Writes the snapshot of one journal or lane; `part` is its name. */
export function publishStats(
  kv: KVNamespace,
  kept: Kept,
  part: string,
  snapshot: Snapshot,
  totals: Record<string, number>,
): Promise<void> {
  return kv.put(`${statsPrefix(kept.siteId)}${part}`, JSON.stringify(snapshot), {
    expirationTtl: expiry(kept),
    metadata: totals,
  });
}

export async function readStats(kv: KVNamespace, siteId: string): Promise<Snapshot[]> {
  const keys = await listKeys(kv, statsPrefix(siteId));
  const values = await Promise.all(keys.map((key) => kv.get(key, 'json')));
  return values.flatMap((value) => Snapshot.safeParse(value).data ?? []);
}

/** A record, and where it stands: `key` without the prefix, `place` within the key. */
type Placed = { record: OutcomeRecord; at: number; key: string; place: number };
type Place = Omit<Placed, 'record'>;

/** Of records in keys of one second. Complete, so that a page begins where the last one ended whatever came meanwhile. */
const newestFirst = (a: Place, b: Place) =>
  b.at - a.at || (a.key === b.key ? a.place - b.place : a.key < b.key ? -1 : 1);

/**
 * A page of outcome records, newest first, also where several lanes settled within a second. The cursor says where the
 * last record stands, so that a page neither skips nor repeats while new ones arrive.
 */
export async function readOutcomes(
  kv: KVNamespace,
  siteId: string,
  limit: number,
  cursor: string | null,
): Promise<{ data: OutcomeRecord[]; next: string | null }> {
  const last = cursor ? placeOf(cursor) : null;
  const found: Placed[] = [];
  for await (const keys of keysBySecond(kv, siteId, last ? secondOf(last.key) : '')) {
    const ofSecond = (await Promise.all(keys.map((key) => readKey(kv, siteId, key)))).flat().sort(newestFirst);
    const isAfter = (it: Placed) => !last || secondOf(it.key) !== secondOf(last.key) || newestFirst(last, it) < 0;
    found.push(...ofSecond.filter(isAfter));
    // One more than asked for: whether there is a page after this one.
    if (found.length > limit) break;
  }
  const data = found.slice(0, limit);
  const end = data.at(-1);
  return { data: data.map(({ record }) => record), next: end && found.length > limit ? cursorOf(end) : null };
}

async function readKey(kv: KVNamespace, siteId: string, key: string): Promise<Placed[]> {
  const records = ((await kv.get(outcomePrefix(siteId) + key, 'json')) as OutcomeRecord[] | null) ?? [];
  return records.map((record, place) => ({ record, at: Date.parse(String(record.timestamp)), key, place }));
}

/** Keys without the prefix, newest second first, those of a second together: of other lanes, or parts of one. */
async function* keysBySecond(kv: KVNamespace, siteId: string, from: string): AsyncGenerator<string[]> {
  let keys: string[] = [];
  for await (const name of keysUnder(kv, outcomePrefix(siteId))) {
    const key = name.slice(outcomePrefix(siteId).length);
    if (secondOf(key) < from) continue;
    if (keys[0] && secondOf(keys[0]) !== secondOf(key)) {
      yield keys;
      keys = [];
    }
    keys.push(key);
  }
  if (keys.length > 0) yield keys;
}
const secondOf = (key: string) => reverse(windowOf(LAST_MS - Number(key.slice(0, key.indexOf(':')))));

/** `{place}.{time of the record in ms}.{key}` */
const cursorOf = ({ at, key, place }: Place) => `${place}.${at}.${key}`;
const placeOf = (cursor: string): Place => {
  const [place, at, key = ''] = cursor.split('.');
  return { place: Number(place), at: Number(at), key };
};

/** Everything published for a site goes, or what the lanes of one integration published: it was deleted. */
export async function forgetPublished(kv: KVNamespace, siteId: string, integrationId?: string): Promise<void> {
  // A lane's name is the integration's id and its shard.
  for (const prefix of [statsPrefix(siteId), outcomePrefix(siteId)])
    for (const key of await listKeys(kv, prefix))
      if (integrationId === undefined || key.includes(`:${integrationId}:`)) await kv.delete(key);
}

async function listKeys(kv: KVNamespace, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of keysUnder(kv, prefix)) keys.push(key);
  return keys;
}

/** Asked for by the thousand, and only as far as they are wanted. */
async function* keysUnder(kv: KVNamespace, prefix: string): AsyncGenerator<string> {
  for (let cursor: string | undefined; ; ) {
    const listed: KVNamespaceListResult<unknown> = await kv.list({ prefix, ...(cursor ? { cursor } : {}) });
    yield* listed.keys.map(({ name }) => name);
    if (listed.list_complete) return;
    cursor = listed.cursor;
  }
}
