// What the platform hands to the Worker, and where an object is found: journals and lanes by the site or integration
// and the shard, the Directory under its one name. What they promise is rpc.ts. Under `npm start` jurisdictions are left
// out: they exist on Cloudflare's network alone.
import type { DirectoryRpc, JournalRpc, LaneRpc, Place } from './rpc.ts';
import { journalName, laneName } from './shards.ts';

export type Env = {
  JOURNAL: DurableObjectNamespace<JournalRpc>;
  LANE: DurableObjectNamespace<LaneRpc>;
  DIRECTORY: DurableObjectNamespace<DirectoryRpc>;
  HUB_KV: KVNamespace;
  ASSETS: Fetcher;
  /** Only under `npm start`: refuses private addresses below DNS. In production the platform has none to reach. */
  EGRESS?: Fetcher;
  RATE_LIMITER?: RateLimit;
  ADMIN_TOKEN?: string;
  /** Seals secrets at rest: base64 of 32 bytes; several, separated by commas: the first seals, all open. */
  SECRETS_KEY?: string;
  ALLOW_PRIVATE_ENDPOINTS?: string;
  /** "unknown" where nothing trustworthy says who asks: under `npm start`. */
  CLIENT_ADDRESS?: string;
  /** "true" under `npm start`: jurisdictions exist on Cloudflare's network alone. */
  LOCAL?: string;
  VERSION?: string;
};

const placed = <T extends Rpc.DurableObjectBranded>(env: Env, namespace: DurableObjectNamespace<T>, place: Place) =>
  place.jurisdiction && env.LOCAL !== 'true' ? namespace.jurisdiction(place.jurisdiction) : namespace;

export const journalOf = (env: Env, place: Place, siteId: string, shard: number) =>
  placed(env, env.JOURNAL, place).getByName(journalName(siteId, shard));

export const laneOf = (env: Env, place: Place, integrationId: string, shard: number) =>
  placed(env, env.LANE, place).getByName(laneName(integrationId, shard));

export const directoryOf = (env: Env) => env.DIRECTORY.getByName('directory');
