import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { integrate, makeSite } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';

let hub: Launched;
beforeAll(async () => {
  hub = await launch({ env: { DEMO: 'false' } });
});
afterAll(() => hub.stop());

async function call(method: string, path: string, body?: unknown, ifMatch?: string) {
  const response = await fetch(hub.url + path, {
    method,
    headers: {
      authorization: `Bearer ${hub.adminToken}`,
      'content-type': 'application/json',
      ...(ifMatch !== undefined && { 'if-match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, etag: response.headers.get('etag') ?? '', body: text ? JSON.parse(text) : null };
}

const KINDS = {
  site: { change: { site_name: 'Changed' }, make: async () => `/v1/sites/${await makeSite(hub)}` },
  integration: {
    change: { name: 'Changed' },
    make: async () => {
      const siteId = await makeSite(hub);
      const { integration_id } = await integrate(hub, siteId, 'https://example.com/hook');
      return `/v1/sites/${siteId}/integrations/${integration_id}`;
    },
  },
};

describe.each(Object.entries(KINDS))('a %s', (kind, { change, make }) => {
  test('has a strong ETag that stays while nothing changes', async () => {
    const path = await make();
    const [first, second] = [await call('GET', path), await call('GET', path)];
    expect(first.etag).toMatch(/^"[0-9a-f]{24}"$/);
    expect(second.etag).toBe(first.etag);
  });

  test('is changed by who names its version, and answers the new one', async () => {
    const path = await make();
    const { etag } = await call('GET', path);
    const changed = await call('PATCH', path, change, etag);
    expect(changed.status).toBe(200);
    expect(changed.etag).not.toBe(etag);
    expect((await call('GET', path)).etag).toBe(changed.etag);
  });

  test('refuses a change or a deletion of a version that is no more, and stays as it is', async () => {
    const path = await make();
    const { etag } = await call('GET', path);
    const { etag: newer } = await call('PATCH', path, change);
    for (const refused of [await call('PATCH', path, change, etag), await call('DELETE', path, undefined, etag)]) {
      expect([refused.status, refused.body.error.code]).toEqual([409, 'conflict']);
      expect(refused.body.error.message).toContain(`The ${kind} has changed`);
    }
    expect((await call('GET', path)).etag).toBe(newer);
  });

  test('takes a change without a version, or with any', async () => {
    const path = await make();
    expect((await call('PATCH', path, change)).status).toBe(200);
    expect((await call('PATCH', path, change, '*')).status).toBe(200);
    const { etag } = await call('GET', path);
    expect((await call('DELETE', path, undefined, `"other", ${etag}`)).status).toBe(204);
  });
});
