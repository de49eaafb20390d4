// Which shard of a site keeps a person's events. Pure and for ever the same: a changed hash would part a
// profile from its attributes. FNV-1a over UTF-16 units: even, small, and no secret is needed here.

/** The shard, 0 to shards − 1, of `user_profile_id ?? user_session_id`. */
export function shardOf(person: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < person.length; i++) hash = Math.imul(hash ^ person.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}

/** The shards of a site that has so many. */
export const everyShard = (count: number): number[] => Array.from({ length: count }, (_, shard) => shard);

export const journalName = (siteId: string, shard: number) => `${siteId}:${shard}`;
export const laneName = (integrationId: string, shard: number) => `${integrationId}:${shard}`;
export const shardOfName = (name: string) => Number(name.slice(name.lastIndexOf(':') + 1));

/** The name by which an object was addressed; known in its alarm too. */
export function nameOf({ id }: { id: { name?: string } }): string {
  if (!id.name) throw new Error('journals and lanes are addressed by their names');
  return id.name;
}
