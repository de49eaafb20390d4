// GET /.well-known/hubwire/{site_id}.json: the public keys of a site's v1a signatures, for receivers in any language
// and on any page. Shape: {"keys":[{"kid","alg":"ed25519","public_key":"whpk_…"}]}, newest first; empty where the site
// signs with secrets alone. A receiver keeps it for some minutes and asks again when no key verifies.
import type { Env } from './bindings.ts';
import { Guid } from './guid.ts';
import { PUBLIC_KEYS_CACHE_S } from './limits.ts';
import { publicKeys } from './publish.ts';
import { refuse } from './reject.ts';
import { readSite } from './site.ts';

export const WELL_KNOWN_PATH = '/.well-known/hubwire/:file';
const ANYONE = { 'access-control-allow-origin': '*' };

/** `file`: `{site_id}.json`. `now` in ms. */
export async function serveKeys(env: Env, file: string, now: number): Promise<Response> {
  const siteId = Guid.safeParse(file.replace(/\.json$/, ''));
  const site = siteId.success && file.endsWith('.json') ? await readSite(env, siteId.data, now) : null;
  if (!site) return refuse({ tag: 'not_found', what: 'site' }, ANYONE);
  return Response.json(publicKeys(site.keys, now), {
    headers: { ...ANYONE, 'cache-control': `public, max-age=${PUBLIC_KEYS_CACHE_S}` },
  });
}
