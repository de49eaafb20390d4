// What other shards of the site know of the persons of new events. A profile that was seen in another shard before
// shards were added, and a session that turns out to be a profile of another shard, bring their attributes along:
// asked for once, kept here from then on. A site with one shard from its beginning asks nobody. Trade-off: while the
// other shard can't be reached the beacon is refused and sent again, rather than accepted without what is known.
import { isOutcome } from './event.ts';
import { SESSION_LIFE_MS } from './limits.ts';
import { type Attributes, type People, profileKey, sessionKey } from './people-tables.ts';
import type { IncomingEvent, JournalConfig, JournalRpc } from './rpc.ts';
import { shardOf } from './shards.ts';

type Shards = Pick<JournalConfig, 'shards' | 'earlier_shards'>;
type JournalOf = (shard: number) => Pick<JournalRpc, 'known' | 'handedOver'>;

export type Brought = { attributes: Map<string, Attributes>; from: Map<number, string[]> };

const NOTHING: Brought = { attributes: new Map(), from: new Map() };

/** Asks the shards where a person of the events may be known; those known here are not asked for. */
export async function ask(
  events: readonly IncomingEvent[],
  own: number,
  config: Shards,
  people: People,
  now: number,
  journal: JournalOf,
): Promise<Brought> {
  const { shards, earlier_shards } = config;
  if (shards === 1 && earlier_shards.length === 0) return NOTHING;
  const asked = new Map<number, Set<string>>();
  const wanted = new Set<string>();
  const want = (key: string, id: string, counts: number[]) => {
    const homes = counts.map((count) => shardOf(id, count)).filter((shard) => shard !== own);
    if (homes.length === 0 || people.read(key) !== null) return;
    wanted.add(key);
    for (const shard of homes) asked.set(shard, (asked.get(shard) ?? new Set()).add(key));
  };
  const before = earlier_shards.map((it) => it.shards);
  const lately = earlier_shards.filter(({ until }) => now < until + SESSION_LIFE_MS).map((it) => it.shards);
  for (const { event, user_profile_id: profile, user_session_id: session } of events) {
    if (isOutcome(event)) continue;
    if (profile) want(profileKey(profile), profile, before);
    want(sessionKey(session), session, profile ? [shards, ...lately] : lately);
  }
  if (asked.size === 0) return NOTHING;
  const attributes = new Map<string, Attributes>([...wanted].map((key) => [key, {}]));
  const answers = await Promise.all([...asked].map(([shard, keys]) => journal(shard).known([...keys])));
  for (const known of answers)
    for (const [key, brought] of Object.entries(known)) Object.assign(attributes.get(key) ?? {}, brought);
  return { attributes, from: new Map([...asked].map(([shard, keys]) => [shard, [...keys]])) };
}

/** Tells the other shards that their knowledge has gone over; where that fails, it goes with the retention. */
export function thank({ from }: Brought, journal: JournalOf): void {
  for (const [shard, keys] of from)
    journal(shard)
      .handedOver(keys)
      .catch((error) => console.warn('a shard could not be told of a move; its copy expires:', error));
}
