// A site's owner and its pages, talking to a running hubwire over HTTP.
import { expect } from 'vitest';
import type { BeaconAnswer, WireEvent } from '../../worker/beacon.ts';
import type { Books } from '../../worker/books.ts';

export const newSignUp = (more: Partial<WireEvent> = {}): WireEvent => ({
  id: crypto.randomUUID(),
  event: 'SignUpSuccess',
  timestamp: new Date().toISOString(),
  user_session_id: crypto.randomUUID(),
  fields: { email: 'joe@bloggs.com' },
  ...more,
});

/** Rejects where the collector can't be reached. */
export async function post(url: string, siteId: string, events: WireEvent[]): Promise<BeaconAnswer> {
  const response = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: JSON.stringify({ site_id: siteId, sent_at: new Date().toISOString(), events }),
  });
  if (response.status !== 202) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as BeaconAnswer;
}

export type Hub = { url: string; adminToken: string };

export async function admin<T>(hub: Hub, method: string, path: string, body?: unknown): Promise<T> {
  const response = await fetch(hub.url + path, {
    method,
    headers: { authorization: `Bearer ${hub.adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return (response.status === 204 ? null : await response.json()) as T;
}

export const booksOf = (hub: Hub, siteId: string) => admin<Books>(hub, 'GET', `/v1/sites/${siteId}/books`);

export const pendingOf = (books: Books): number =>
  books.integrations.flatMap(({ triggers }) => triggers).reduce((sum, { pending }) => sum + pending, 0);

export const makeSite = async (hub: Hub, settings = {}) =>
  (await admin<{ site_id: string }>(hub, 'POST', '/v1/sites', { site_name: 'Flow', origins: ['*'], settings })).site_id;

export const integrate = (hub: Hub, siteId: string, url: string, more = {}) =>
  admin<{ integration_id: string; secret: string }>(hub, 'POST', `/v1/sites/${siteId}/integrations`, {
    name: 'Receiver',
    url,
    triggers: ['SignUpSuccess'],
    ...more,
  });
