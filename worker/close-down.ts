// Takes away all that is left of a deleted site or integration: journals, lanes, and what was published to KV. Owns the
// order, in two steps a while apart, because a lane may be telling KV of an outcome in the very moment in which it is
// closed. It keeps no state: the Directory repeats each step until it went through. Trade-off: records of a deleted
// integration go with its log, since no erasure would find the people in them any more.
import { type Env, journalOf, laneOf } from './bindings.ts';
import type { Site } from './config.ts';
import { forgetPublished } from './outcomes.ts';
import type { Place } from './rpc.ts';
import { everyShard } from './shards.ts';
import { unpublishSite } from './site.ts';

/** What was deleted: a site with the integrations `lanes`, or one of them. */
export type Closing = Place & { id: string; site_id: string; lanes: string[]; shards: number };

/** `id`: the site's own, or one of its integrations'. */
export const closingOf = ({ site_id, settings }: Site, id: string, lanes: string[]): Closing => ({
  id,
  site_id,
  lanes,
  shards: settings.shards,
  jurisdiction: settings.jurisdiction,
});

/** As 0.1.0 noted what it left to do: a site apart from its integrations, and of these no site. */
export function closingOfFormer(kind: 'close-site' | 'close-lanes', noted: string): Closing {
  const { id, shards, jurisdiction } = JSON.parse(noted) as Pick<Closing, 'id' | 'shards' | 'jurisdiction'>;
  const isSite = kind === 'close-site';
  return { id, site_id: isSite ? id : '', lanes: isSite ? [] : [id], shards, jurisdiction };
}

/** Takes a deleted site from the edge and empties its journals, from then on it is unknown; then the lanes. */
export async function closeDown(env: Env, { id, site_id, lanes, shards, jurisdiction }: Closing): Promise<void> {
  const place = { jurisdiction };
  const everywhere = everyShard(shards);
  if (id === site_id) {
    await unpublishSite(env, site_id);
    await Promise.all(everywhere.map((shard) => journalOf(env, place, site_id, shard).close()));
  }
  await Promise.all(everywhere.flatMap((shard) => lanes.map((lane) => laneOf(env, place, lane, shard).close())));
}

/** The second step: what readers saw of it. */
export const forgetClosed = (env: Env, { id, site_id }: Closing): Promise<void> =>
  forgetPublished(env.HUB_KV, site_id, id === site_id ? undefined : id);
