// site_id → the published site, from KV, remembered in the isolate for some seconds. A miss asks the Directory, so
// that a site works the moment it was made: KV also caches that a key was absent. Trade-off: a changed site takes
// effect within the memo's time plus KV's own delay. The one reader and writer of the key `site:{site_id}`.
import { directoryOf, type Env } from './bindings.ts';
import { PublishedSite } from './config.ts';
import { ABOUT } from './credentials.ts';
import { Guid } from './guid.ts';
import { SITE_MEMO_MAX, SITE_MEMO_MS, SITE_MISS_MEMO_MS } from './limits.ts';
import { ok, type Result } from './result.ts';
import { keyringOf, type Unopened } from './seal.ts';

const siteKey = (siteId: string) => `site:${siteId}`;

/** `changed`: KV may not have it yet, so the Directory is asked. */
type Remembered = { site: PublishedSite | null; until: number; changed?: true };
const memo = new Map<string, Remembered>();

/** Whether `readSite` would have to ask for a site that may well be made up: none is remembered, also of late. */
export function isStrange(siteId: string, now: number): boolean {
  const remembered = memo.get(siteId);
  return !remembered || !(remembered.site || remembered.changed || now < remembered.until);
}

/** The site, or null where there is none. `now` in ms. */
export async function readSite(env: Env, siteId: string, now: number): Promise<PublishedSite | null> {
  const remembered = memo.get(siteId);
  if (remembered && now < remembered.until) return remembered.site;
  // An address may hold anything, also what is too long for a key.
  if (!Guid.safeParse(siteId).success) return null;
  const stored = PublishedSite.safeParse(remembered?.changed ? null : await env.HUB_KV.get(siteKey(siteId), 'json'));
  const site = stored.success ? stored.data : await directoryOf(env).published(siteId);
  memo.delete(siteId);
  memo.set(siteId, { site, until: now + (site ? SITE_MEMO_MS : SITE_MISS_MEMO_MS) });
  const oldest = memo.keys().next();
  if (memo.size > SITE_MEMO_MAX && !oldest.done) memo.delete(oldest.value);
  return site;
}

/** The site's proof secret; null where it demands no proof, so that a lost SECRETS_KEY stops no other site. */
export function openProofSecret(
  { SECRETS_KEY }: Env,
  { site_id, settings, sealed_proof_secret }: PublishedSite,
): Result<string | null, Unopened> {
  if (!settings.require_proof) return ok(null);
  const keyring = keyringOf(SECRETS_KEY);
  return keyring.ok ? keyring.value.open(sealed_proof_secret, ABOUT.proof(site_id)) : keyring;
}

/** There is no such site any more, whatever KV says: asked again after a second. */
export const missSite = (siteId: string, now: number): void =>
  void memo.set(siteId, { site: null, until: now + SITE_MISS_MEMO_MS });

/** After a change that was made through this isolate: it takes effect here at once. */
export const forgetSite = (siteId: string): void => void memo.set(siteId, { site: null, until: 0, changed: true });

/** Makes a change, and forgets what was remembered of the site, also what was read while it was being made. */
export async function changing<P extends Promise<unknown>>(siteId: string, change: P): Promise<Awaited<P>> {
  try {
    return await change;
  } finally {
    forgetSite(siteId);
  }
}

/** For the Directory. KV takes one write a second a key, which the caller keeps to. */
export const publishSite = (env: Env, site: PublishedSite): Promise<void> =>
  env.HUB_KV.put(siteKey(site.site_id), JSON.stringify(site));

export const unpublishSite = (env: Env, siteId: string): Promise<void> => env.HUB_KV.delete(siteKey(siteId));
