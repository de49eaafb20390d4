// Erases a person from every shard of a site: journals first, so that nothing can be read from them any more, then the
// lanes; round and round until a round finds nothing, because outcomes that were on their way arrive in a journal
// while its lanes are being erased. Owns no state: the Directory repeats it until it went through. Trade-off: what the
// person does during these milliseconds is erased with the rest.
import { type Env, journalOf, laneOf } from './bindings.ts';
import type { Site } from './config.ts';
import type { KeptIntegration } from './directory-tables.ts';
import { ERASE_ROUNDS_MAX } from './limits.ts';
import type { Erased, Person, Whom } from './rpc.ts';
import { everyShard } from './shards.ts';

export const NOTHING_ERASED = { events: 0, deliveries: 0, attributes: 0 };

export async function eraseEverywhere(
  env: Env,
  { site_id, settings: { shards, jurisdiction } }: Site,
  integrations: readonly KeptIntegration[],
  who: Whom,
): Promise<Omit<Erased, 'complete'>> {
  const place = { jurisdiction };
  const journals = everyShard(shards).map((shard) => journalOf(env, place, site_id, shard));
  const person = await personOf(who, journals);
  const erased = { ...NOTHING_ERASED };
  const from = journals.map(() => 0);
  for (let round = 1; round <= ERASE_ROUNDS_MAX; round++) {
    const found = await Promise.all(
      journals.map(async (journal, shard) => {
        const { events, attributes, through } = await journal.erase(person, from[shard] ?? 0);
        from[shard] = through + 1;
        if (round > 1 && events === 0) return { events, attributes, deliveries: 0 };
        const counts = await Promise.all(
          integrations.map(({ integration }) =>
            laneOf(env, place, integration.integration_id, shard).erase(person, through),
          ),
        );
        return { events, attributes, deliveries: counts.reduce((sum, count) => sum + count, 0) };
      }),
    );
    for (const key of ['events', 'deliveries', 'attributes'] as const)
      erased[key] += found.reduce((sum, part) => sum + part[key], 0);
    if (round > 1 && found.every(({ events }) => events === 0)) break;
  }
  return erased;
}

/** A profile's sessions before it was known lie in other shards than the profile: each journal tells what it saw. */
async function personOf(who: Whom, journals: readonly ReturnType<typeof journalOf>[]): Promise<Person> {
  if ('session' in who) return { profile: null, sessions: [who.session] };
  const seen = await Promise.all(journals.map((journal) => journal.sessionsOf(who.profile)));
  return { profile: who.profile, sessions: [...new Set(seen.flat())] };
}
