// Brings the configuration of a site to all who work by it: its lanes, its journals, then KV for the edge. Lanes come
// first, so that a journal never hands over an event to a lane that does not know where to send it. Owns no state and
// no retry: the Directory calls it again until it went through.
import { type Env, journalOf, laneOf } from './bindings.ts';
import type { Integration, PublicKeys, PublishedSite, Site } from './config.ts';
import { type Credentials, isLive } from './credentials.ts';
import type { KeptIntegration } from './directory-tables.ts';
import { OUTCOME_EVENTS } from './event.ts';
import type { JournalConfig } from './rpc.ts';
import { everyShard } from './shards.ts';
import type { SiteSecrets } from './vault-tables.ts';

export function toPublished(
  site: Site,
  { proof_secret, pairs }: SiteSecrets,
  integrations: readonly KeptIntegration[],
): PublishedSite {
  const shown = site.settings.asymmetric ? pairs : [];
  return {
    ...site,
    sealed_proof_secret: proof_secret,
    keys: shown.map(({ kid, public_key, expires_at }) => ({ kid, public_key, expires_at })),
    integrations: integrations.map(({ integration: { integration_id, name, triggers, enabled } }) => ({
      integration_id,
      name,
      triggers,
      enabled,
    })),
  };
}

/** What the journals of a site have to know of it. */
export const journalConfig = (
  { site_id, settings: { jurisdiction, retention_days, shards }, earlier_shards }: Site,
  integrations: readonly Pick<Integration, 'integration_id' | 'triggers'>[],
): JournalConfig => ({
  site_id,
  jurisdiction,
  retention_days,
  shards,
  earlier_shards: earlier_shards.map((it) => ({ shards: it.shards, until: Date.parse(it.until) })),
  followers: integrations.map(({ integration_id, triggers }) => ({ integration_id, triggers })),
});

/** The document of the public keys that may have signed what arrives at `now` (ms). */
export const publicKeys = (keys: PublishedSite['keys'], now: number): PublicKeys => ({
  keys: keys
    .filter((key) => isLive(key, now))
    .map(({ kid, public_key }) => ({ kid, alg: 'ed25519' as const, public_key })),
});

/** Configures every lane, then every journal of the site. */
export async function configure(
  env: Env,
  site: Site,
  integrations: readonly KeptIntegration[],
  credentialsOf: (integration: Integration) => Credentials,
  ownHosts: string[],
): Promise<void> {
  const { site_id, site_name, settings } = site;
  const { jurisdiction, retention_days, shards } = settings;
  const place = { jurisdiction };
  const journal = journalConfig(
    site,
    integrations.map(({ integration }) => integration),
  );
  const raises = OUTCOME_EVENTS.filter((name) => journal.followers.some(({ triggers }) => triggers.includes(name)));
  const configureShard = async (shard: number) => {
    await Promise.all(
      integrations.map(({ integration }) =>
        laneOf(env, place, integration.integration_id, shard).configure({
          ...place,
          site_id,
          site_name,
          retention_days,
          integration,
          credentials: credentialsOf(integration),
          own_hosts: ownHosts,
          raises,
        }),
      ),
    );
    await journalOf(env, place, site_id, shard).follow(journal);
  };
  await Promise.all(everyShard(shards).map(configureShard));
}
