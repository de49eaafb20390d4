// The collector as its callers see it, for tests in workerd: the admin API, the beacon endpoint, and a receiver that
// stands where the outside would be.
import { env, exports } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import type { WireEvent } from '../../worker/beacon.ts';
import { journalOf, laneOf } from '../../worker/bindings.ts';
import type { Books } from '../../worker/books.ts';
import type { OutcomeRecord } from '../../worker/outcomes.ts';
import type { Stats } from '../../worker/stats.ts';

export const ORIGIN = 'https://shop.example.com';
const PLACE = { jurisdiction: null };

export async function admin<T>(method: string, path: string, body?: unknown): Promise<{ status: number; body: T }> {
  const response = await exports.default.fetch(`https://hub.test${path}`, {
    method,
    headers: { authorization: 'Bearer test-token', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

export type Made = { siteId: string; proofSecret: string };

export async function makeSite(
  settings: Record<string, unknown> = {},
  origins = [ORIGIN],
  siteId?: string,
): Promise<Made> {
  const { status, body } = await admin<{ site_id: string; proof_secret: string }>('POST', '/v1/sites', {
    ...(siteId && { site_id: siteId }),
    site_name: 'My site',
    origins,
    settings,
  });
  expect(status).toBe(201);
  return { siteId: body.site_id, proofSecret: body.proof_secret };
}

export type Integrated = { id: string; secret: string; url: string };

export async function integrate(siteId: string, more: Record<string, unknown> = {}): Promise<Integrated> {
  const { status, body } = await admin<{ integration_id: string; secret: string; url: string }>(
    'POST',
    `/v1/sites/${siteId}/integrations`,
    { name: 'Mail', url: 'https://receiver.example.com/hook', triggers: ['SignUpSuccess'], ...more },
  );
  expect(status).toBe(201);
  return { id: body.integration_id, secret: body.secret, url: body.url };
}

export const books = async (siteId: string) => (await admin<Books>('GET', `/v1/sites/${siteId}/books`)).body;
export const stats = async (siteId: string, range = '24h') =>
  (await admin<Stats>('GET', `/v1/sites/${siteId}/stats?range=${range}`)).body;
export const outcomes = async (siteId: string, query = '') =>
  (await admin<{ data: OutcomeRecord[]; next: string | null }>('GET', `/v1/sites/${siteId}/outcomes?${query}`)).body;
export const lane = (integrationId: string, shard = 0) => laneOf(env, PLACE, integrationId, shard);
export const journal = (siteId: string, shard = 0) => journalOf(env, PLACE, siteId, shard);

export const guid = () => crypto.randomUUID();

export const event = (more: Partial<WireEvent> = {}): WireEvent => ({
  id: guid(),
  event: 'SignUpSuccess',
  timestamp: new Date().toISOString(),
  user_session_id: 'aaaaaaaa-0000-4000-8000-000000000001',
  fields: { email: 'joe@bloggs.com' },
  ...more,
});

export const beacon = (siteId: string, events: unknown[]) => ({
  site_id: siteId,
  sent_at: new Date().toISOString(),
  events,
});

/** Posts as a page would. A string goes as it is. */
export function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch('https://hub.test/v1/events', {
    method: 'POST',
    headers: { origin: ORIGIN, 'content-type': 'text/plain;charset=UTF-8', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

export async function send(siteId: string, ...events: unknown[]) {
  const response = await post(beacon(siteId, events));
  expect(response.status).toBe(202);
  return (await response.json()) as { accepted: number; duplicate: number; rejected: unknown[] };
}

export type Received = { url: string; headers: Headers; text: string; body: Record<string, string> };

/** Answers every outgoing request; `answer` may be changed as the test goes on. */
export function receiver(answer: (request: Received) => Response | Promise<Response> = () => new Response('ok')) {
  const received: Received[] = [];
  const state = { received, answer };
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const text = String(init?.body);
    const request = { url: String(input), headers: new Headers(init?.headers), text, body: JSON.parse(text) };
    received.push(request);
    return state.answer(request);
  });
  return state;
}

/** Long enough for a busy machine; a test that holds waits no longer than it must. */
const SETTLED_MS = 15_000;

/** Waits until the lane has nothing under way that it has not written down. */
export async function settled(siteId: string, pending = 0) {
  return vi.waitFor(async () => {
    const now = await books(siteId);
    expect(now.balanced).toBe(true);
    const waiting = now.integrations.flatMap(({ triggers }) => triggers).reduce((sum, row) => sum + row.pending, 0);
    expect(waiting).toBe(pending);
    return now;
  }, SETTLED_MS);
}
