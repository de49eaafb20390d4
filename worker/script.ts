// Serves the tracker: /hub.js, which follows releases, and /hub.HASH.js, which never changes and may be pinned by SRI.
// The files are static assets; this sets what a script for other people's pages needs.
import type { Env } from './bindings.ts';
import { SCRIPT_CACHE_S, SCRIPT_PINNED_CACHE_S, SCRIPT_STALE_S } from './limits.ts';

const CACHE = {
  latest: `public, max-age=${SCRIPT_CACHE_S}, stale-while-revalidate=${SCRIPT_STALE_S}`,
  pinned: `public, max-age=${SCRIPT_PINNED_CACHE_S}, immutable`,
};

export const isScript = (path: string): boolean => /^\/hub(\.[0-9a-f]{16})?\.js$/.test(path);

export async function serveScript(request: Request, env: Env, path: string): Promise<Response> {
  const asset = await env.ASSETS.fetch(request);
  if (asset.status === 404) return new Response('not found', { status: 404 });
  const headers = new Headers(asset.headers);
  headers.set('cache-control', path === '/hub.js' ? CACHE.latest : CACHE.pinned);
  headers.set('content-type', 'text/javascript; charset=utf-8');
  headers.set('access-control-allow-origin', '*');
  headers.set('cross-origin-resource-policy', 'cross-origin');
  headers.set('x-content-type-options', 'nosniff');
  return new Response(asset.body, { status: asset.status, headers });
}
