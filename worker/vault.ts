// The Directory's keeper of secrets: makes, replaces, ends and seals them. What it hands out is sealed or masked, but
// for the one answer that tells a new secret. Without a usable SECRETS_KEY it makes none and says what to do: a secret
// kept in the open, or lost, is worse than a refusal. Opening them to sign is credentials.ts.
import { ABOUT, type Credentials, isLive, type SealedKey } from './credentials.ts';
import { invalid } from './edit.ts';
import { isMasked, maskHeader, maskSecret } from './headers.ts';
import { LIVE_SECRETS_MAX } from './limits.ts';
import type { Reject } from './reject.ts';
import { fail, ok, type Result } from './result.ts';
import { explainUnopened, type Keyring, keyringOf, type Unopened } from './seal.ts';
import { digest, newKeyPair, newSecret } from './sign.ts';
import { type KeptPair, type KeptSecret, type SiteSecrets, VaultTables } from './vault-tables.ts';

const KID_HEX_CHARS = 16;
const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes);

/** A live webhook secret as the API shows it. */
export type ShownSecret = { masked: string; created_at: string; expires_at: string | null };
type Made = { secret: string; secrets: ShownSecret[] };

export class Vault {
  readonly #tables: VaultTables;
  readonly #secretsKey: string | undefined;

  constructor(storage: DurableObjectStorage, secretsKey: string | undefined) {
    this.#tables = new VaultTables(storage);
    this.#secretsKey = secretsKey;
  }

  /** Names the key that seals now; null without one. */
  get keyId(): string | null {
    const ring = keyringOf(this.#secretsKey);
    return ring.ok ? ring.value.id : null;
  }

  get isEmpty(): boolean {
    return this.#tables.siteIds().length === 0;
  }

  /** Makes the site's proof secret, and tells it. */
  addSite(siteId: string): Result<string, Reject> {
    const ring = this.#ring();
    if (!ring.ok) return ring;
    const secret = newSecret(random);
    this.#tables.saveSite(siteId, { proof_secret: ring.value.seal(secret, ABOUT.proof(siteId), random), pairs: [] });
    return ok(secret);
  }

  site(siteId: string): SiteSecrets {
    const kept = this.#tables.site(siteId);
    if (!kept) throw new Error(`site ${siteId} has no secrets`);
    return kept;
  }

  /** Makes the site's first pair of signing keys where there is none. */
  ensurePair(siteId: string): Result<null, Reject> {
    return this.site(siteId).pairs.length > 0 ? ok(null) : this.rotatePair(siteId, 0);
  }

  /** A new pair; the former ones sign along for `overlapS` seconds at most. */
  rotatePair(siteId: string, overlapS: number): Result<null, Reject> {
    const ring = this.#ring();
    if (!ring.ok) return ring;
    const { proof_secret, pairs } = this.site(siteId);
    const before = ending(pairs, overlapS);
    if (before.length >= LIVE_SECRETS_MAX) return tooMany('key pairs');
    const { private_key, public_key } = newKeyPair(random);
    const sealed = ring.value.seal(private_key, ABOUT.privateKey(siteId), random);
    const pair: KeptPair = { kid: digest(public_key).slice(0, KID_HEX_CHARS), public_key, sealed, expires_at: null };
    this.#tables.saveSite(siteId, { proof_secret, pairs: [pair, ...before] });
    return ok(null);
  }

  /** Seals headers; a value that is the mask of the stored one keeps that. Answers their masks. */
  setHeaders(
    site_id: string,
    integrationId: string,
    wanted: Record<string, string>,
    shown: Record<string, string>,
  ): Result<Record<string, string>, Reject> {
    const ring = this.#ring();
    if (!ring.ok) return ring;
    const kept = this.#tables.integration(integrationId) ?? { site_id, secrets: [], headers: {} };
    const sealed: [string, string][] = [];
    const masks: [string, string][] = [];
    for (const [name, value] of Object.entries(wanted)) {
      const stored = kept.headers[name];
      const same = isMasked(value) && value === shown[name] && stored !== undefined;
      if (isMasked(value) && !same) return notTheMask(name);
      sealed.push([name, same ? stored : ring.value.seal(value, ABOUT.header(integrationId, name), random)]);
      masks.push([name, same ? value : maskHeader(value)]);
    }
    this.#tables.saveIntegration(integrationId, { ...kept, headers: Object.fromEntries(sealed) });
    return ok(Object.fromEntries(masks));
  }

  /** A new webhook secret, told; the former ones sign along for `overlapS` seconds at most. */
  rotateSecret(site_id: string, integrationId: string, overlapS: number): Result<Made, Reject> {
    const ring = this.#ring();
    if (!ring.ok) return ring;
    const kept = this.#tables.integration(integrationId) ?? { site_id, secrets: [], headers: {} };
    const before = ending(kept.secrets, overlapS);
    if (before.length >= LIVE_SECRETS_MAX) return tooMany('secrets');
    const secret = newSecret(random);
    const sealed = ring.value.seal(secret, ABOUT.secret(integrationId), random);
    const made: KeptSecret = { sealed, masked: maskSecret(secret), created_at: Date.now(), expires_at: null };
    this.#tables.saveIntegration(integrationId, { ...kept, secrets: [made, ...before] });
    return ok({ secret, secrets: this.secrets(integrationId) });
  }

  /** The live secrets of an integration, masked, newest first. */
  secrets(integrationId: string): ShownSecret[] {
    return (this.#tables.integration(integrationId)?.secrets ?? [])
      .filter((secret) => isLive(secret, Date.now()))
      .map(({ masked, created_at, expires_at }) => ({
        masked,
        created_at: iso(created_at),
        expires_at: expires_at === null ? null : iso(expires_at),
      }));
  }

  /** All that a lane signs and sends with, sealed. `asymmetric`: with the site's key pairs too. */
  credentials(siteId: string, integrationId: string, asymmetric: boolean): Credentials {
    const { secrets = [], headers = {} } = this.#tables.integration(integrationId) ?? {};
    const bare = ({ sealed, expires_at }: SealedKey): SealedKey => ({ sealed, expires_at });
    const pairs = asymmetric ? this.site(siteId).pairs : [];
    const ids = { site_id: siteId, integration_id: integrationId };
    return { ...ids, secrets: secrets.map(bare), pairs: pairs.map(bare), headers };
  }

  /** Drops what has ended; answers when the next ends (ms), or null. */
  dropEnded(siteId: string): number | null {
    const kept = this.#tables.site(siteId);
    if (!kept) return null;
    const live = <K extends SealedKey>(keys: K[]) => keys.filter((key) => isLive(key, Date.now()));
    this.#tables.saveSite(siteId, { ...kept, pairs: live(kept.pairs) });
    const ends = kept.pairs.map(({ expires_at }) => expires_at);
    for (const id of this.#tables.integrationIds(siteId)) {
      const integration = this.#tables.integration(id);
      if (!integration) continue;
      this.#tables.saveIntegration(id, { ...integration, secrets: live(integration.secrets) });
      ends.push(...integration.secrets.map(({ expires_at }) => expires_at));
    }
    const next = Math.min(...ends.map((end) => (end !== null && end > Date.now() ? end : Number.POSITIVE_INFINITY)));
    return Number.isFinite(next) ? next : null;
  }

  forgetSite(siteId: string): void {
    this.#tables.removeSite(siteId);
  }

  forgetIntegration(integrationId: string): void {
    this.#tables.removeIntegration(integrationId);
  }

  /** Seals with the first key whatever another sealed; answers the sites, which have to be published anew. */
  reseal(): Result<string[], string> {
    const ring = keyringOf(this.#secretsKey);
    if (!ring.ok) return fail(explainUnopened(ring.reason));
    let problem: Unopened | null = null;
    const anew = (sealed: string, about: string): string => {
      const resealed = ring.value.reseal(sealed, about, random);
      if (!resealed.ok) problem ??= resealed.reason;
      return resealed.ok ? resealed.value : sealed;
    };
    const siteIds = this.#tables.siteIds();
    for (const siteId of siteIds) {
      const { proof_secret, pairs } = this.site(siteId);
      this.#tables.saveSite(siteId, {
        proof_secret: anew(proof_secret, ABOUT.proof(siteId)),
        pairs: pairs.map((pair) => ({ ...pair, sealed: anew(pair.sealed, ABOUT.privateKey(siteId)) })),
      });
      for (const id of this.#tables.integrationIds(siteId)) this.#resealIntegration(id, anew);
    }
    return problem === null ? ok(siteIds) : fail(explainUnopened(problem));
  }

  #resealIntegration(id: string, anew: (sealed: string, about: string) => string): void {
    const kept = this.#tables.integration(id);
    if (!kept) return;
    const headers = Object.entries(kept.headers).map(([name, sealed]) => [name, anew(sealed, ABOUT.header(id, name))]);
    const secrets = kept.secrets.map((secret) => ({ ...secret, sealed: anew(secret.sealed, ABOUT.secret(id)) }));
    this.#tables.saveIntegration(id, { ...kept, secrets, headers: Object.fromEntries(headers) });
  }

  #ring(): Result<Keyring, Reject> {
    const ring = keyringOf(this.#secretsKey);
    if (ring.ok) return ring;
    const advice = explainUnopened(ring.reason);
    return fail({ tag: 'unavailable', detail: advice, advice });
  }
}

/** Those of `keys` that are still live, ending in `overlapS` seconds at the latest; none where that is at once. */
function ending<K extends SealedKey>(keys: readonly K[], overlapS: number): K[] {
  const end = Date.now() + overlapS * 1_000;
  return keys
    .map((key) => ({ ...key, expires_at: Math.min(key.expires_at ?? end, end) }))
    .filter((key) => isLive(key, Date.now()));
}

const tooMany = (what: string) =>
  invalid(
    'overlap_seconds',
    `At most ${LIVE_SECRETS_MAX} ${what} sign at once. Wait until one has ended, or send 0 to end all former ones now.`,
  );

const notTheMask = (name: string) =>
  invalid(`headers.${name}`, 'This is a mask, and not that of the stored value. Send the value itself.');

const iso = (ms: number) => new Date(ms).toISOString();
