// What readers look at, in KV: outcome records and snapshots of the counters; the one writer and reader of the keys
// `outcome:` and `stats:`. KV is a read model: late by seconds, never the ledger. Keys are deterministic, so that
// publishing again after a crash overwrites and doubles nothing. Key shapes: STORAGE.md.
import { DAY_MS, KV_TTL_S_MIN, OUTCOME_WINDOW_MS } from './limits.ts';
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
const reverse = (ms: number) => String(9_999_999_999_999 - ms).padStart(13, '0');
const outcomePrefix = (siteId: string) => `outcome:${siteId}:`;
const statsPrefix = (siteId: string) => `stats:${siteId}:`;

export type Kept = { siteId: string; retentionDays: number };
const expiry = ({ retentionDays }: Kept) => (retentionDays * DAY_MS) / 1_000;

/** The window in which a delivery that was committed at `at` (ms) is published. */
export const windowOf = (at: number) => Math.floor(at / OUTCOME_WINDOW_MS) * OUTCOME_WINDOW_MS;

/** Writes what one lane settled within one window; `records` are JSON texts, oldest first. */
export function publishOutcomes(
  kv: KVNamespace,
  kept: Kept,
  lane: string,
  window: number,
  records: readonly { text: string; ok: boolean }[],
  now: number,
): Promise<void> {
  const succeeded = records.filter(({ ok }) => ok).length;
  const newestFirst = records.map(({ text }) => text).reverse();
  return kv.put(`${outcomePrefix(kept.siteId)}${reverse(window)}:${lane}`, `[${newestFirst.join(',')}]`, {
    // Counted from when it happened, also where it is written late or again.
    expirationTtl: Math.max(KV_TTL_S_MIN, expiry(kept) - Math.floor((now - window) / 1_000)),
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

/**
 * A page of outcome records, newest first. The cursor is the last key read and how many of its records were taken, so
 * that a page neither skips nor repeats while new ones arrive.
 */
export async function readOutcomes(
  kv: KVNamespace,
  siteId: string,
  limit: number,
  cursor: string | null,
): Promise<{ data: OutcomeRecord[]; next: string | null }> {
  const [from, skip] = cursor ? splitCursor(cursor) : ['', 0];
  const data: OutcomeRecord[] = [];
  for (let page: string | undefined, complete = false; !complete; ) {
    const listed: KVNamespaceListResult<unknown> = await kv.list({
      prefix: outcomePrefix(siteId),
      ...(page ? { cursor: page } : {}),
    });
    for (const { name } of listed.keys) {
      const key = name.slice(outcomePrefix(siteId).length);
      if (key < from) continue;
      const records = ((await kv.get(name, 'json')) as OutcomeRecord[] | null) ?? [];
      const start = key === from ? skip : 0;
      const taken = records.slice(start, start + limit - data.length);
      data.push(...taken);
      if (data.length === limit) return { data, next: `${start + taken.length}.${key}` };
    }
    complete = listed.list_complete;
    page = listed.list_complete ? undefined : listed.cursor;
  }
  return { data, next: null };
}

const splitCursor = (cursor: string): [string, number] => {
  const dot = cursor.indexOf('.');
  return [cursor.slice(dot + 1), Number.parseInt(cursor, 10) || 0];
};

/** Everything published for a site goes, or what the lanes of one integration published: it was deleted. */
export async function forgetPublished(kv: KVNamespace, siteId: string, integrationId?: string): Promise<void> {
  for (const prefix of [statsPrefix(siteId), outcomePrefix(siteId)])
    // A lane's name is the integration's id and its shard.
    for (const key of await listKeys(kv, prefix))
      if (integrationId === undefined || key.includes(`:${integrationId}:`)) await kv.delete(key);
}

async function listKeys(kv: KVNamespace, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const listed: KVNamespaceListResult<unknown> = await kv.list({ prefix, ...(cursor ? { cursor } : {}) });
    keys.push(...listed.keys.map(({ name }) => name));
    if (listed.list_complete) return keys;
    cursor = listed.cursor;
  }
}
