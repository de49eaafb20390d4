// POST /v1/events from end to end: parse, site, rate, accept, append; answered after the journals have committed.
// Any page of the site may call it without a preflight (text/plain, no credentials), and every answer can be read
// by the page, because a refusal that looks like a network error would be sent again for days.
import { type Accepted, accept } from './accept.ts';
import type { BeaconAnswer } from './beacon.ts';
import { type Env, journalOf } from './bindings.ts';
import { clientAddress } from './client-address.ts';
import type { PublishedSite } from './config.ts';
import { PREFLIGHT_MAX_AGE_S } from './limits.ts';
import { parseBeacon } from './parse.ts';
import { type Reject, refuse } from './reject.ts';
import { fail, ok, type Result } from './result.ts';
import { explainUnopened } from './seal.ts';
import { shardOf } from './shards.ts';
import { isStrange, missSite, openProofSecret, readSite } from './site.ts';

/** `now`: when the request came in, ms. */
export async function collect(request: Request, env: Env, now: number): Promise<Response> {
  const origin = request.headers.get('origin');
  const cors = { 'access-control-allow-origin': origin ?? '*', vary: 'Origin' };
  if (request.method === 'OPTIONS') return new Response(null, { status: 204, headers: { ...cors, ...PREFLIGHT } });
  const result = await take(request, env, origin, now);
  if (result.ok) return Response.json(result.value, { status: 202, headers: cors });
  if (result.reason.tag === 'unavailable') console.error('a beacon could not be accepted:', result.reason.detail);
  else if (result.reason.tag === 'origin_not_allowed') console.warn('a beacon came from a strange origin:', origin);
  return refuse(result.reason, { ...cors, 'access-control-expose-headers': 'Retry-After' });
}

const PREFLIGHT = {
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'Content-Type',
  'access-control-max-age': String(PREFLIGHT_MAX_AGE_S),
};

async function take(
  request: Request,
  env: Env,
  origin: string | null,
  now: number,
): Promise<Result<BeaconAnswer, Reject>> {
  if (request.method !== 'POST') return fail({ tag: 'method_not_allowed', allow: 'POST' });
  const beacon = await parseBeacon(request);
  if (!beacon.ok) return beacon;
  const siteId = beacon.value.site_id;
  const client = clientAddress(request.headers, env);
  if (!(await isWithin(env, `${siteId} ${client}`))) return fail({ tag: 'rate_limited' });
  // Made-up sites would each have a limit of their own, and each asks the Directory, of which there is one.
  if (isStrange(siteId, now) && !(await isWithin(env, `strange ${client}`))) return fail({ tag: 'rate_limited' });
  try {
    const site = await readSite(env, siteId, now);
    if (!site) return fail({ tag: 'unknown_site' });
    const proofSecret = openProofSecret(env, site);
    if (!proofSecret.ok) return fail({ tag: 'unavailable', detail: explainUnopened(proofSecret.reason) });
    const userAgent = request.headers.get('user-agent') ?? '';
    const accepted = accept(beacon.value, site, proofSecret.value, { origin, userAgent, receivedAt: now });
    if (!accepted.ok) return accepted;
    const answer = await append(env, site, accepted.value);
    if (answer) return ok(answer);
    missSite(siteId, now);
    return fail({ tag: 'unknown_site' });
  } catch (error) {
    return fail({ tag: 'unavailable', detail: String(error) });
  }
}

const isWithin = async ({ RATE_LIMITER }: Env, key: string) => (await RATE_LIMITER?.limit({ key }))?.success ?? true;

/**
 * To the journal of each event's person; null where the journals know of no such site. Should one of several fail, the
 * client sends all again: ids are known.
 */
async function append(env: Env, site: PublishedSite, { events, rejected }: Accepted): Promise<BeaconAnswer | null> {
  const { shards, jurisdiction } = site.settings;
  const byShard = Map.groupBy(events, (event) => shardOf(event.user_profile_id ?? event.user_session_id, shards));
  if (byShard.size === 0) byShard.set(0, []);
  const repeated = await Promise.all(
    [...byShard].map(([shard, part], i) =>
      journalOf(env, { jurisdiction }, site.site_id, shard).append(site.site_id, part, i === 0 ? rejected.length : 0),
    ),
  );
  const known = repeated.filter((count) => count !== null);
  if (known.length < repeated.length) return null;
  const duplicate = known.reduce((total, count) => total + count, 0);
  return { accepted: events.length - duplicate, duplicate, rejected };
}
