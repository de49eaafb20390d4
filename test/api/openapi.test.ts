import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { admin, integrate, makeSite, newSignUp, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { fails, Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

type Schema = Parameters<typeof z.fromJSONSchema>[0];
type Operation = {
  operationId: string;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { required: boolean; content: { 'application/json': { schema: { required?: string[] } } } };
  responses: Record<string, { content?: { 'application/json': { schema: Schema } } }>;
};
type Document = { openapi: string; servers: { url: string }[]; paths: Record<string, Record<string, Operation>> };

let hub: Launched;
let receiver: Receiver;
let document: Document;
beforeAll(async () => {
  receiver = await new Receiver().start();
  hub = await launch({ env: { DEMO: 'false' } });
  document = await (await fetch(`${hub.url}/v1/openapi.json`)).json();
});
afterAll(async () => {
  await hub.stop();
  await receiver.stop();
});

const call = (method: string, path: string, body?: unknown, token = hub.adminToken) =>
  fetch(hub.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

/** A site of its own for each operation, with an integration that was sent an event: all that a path can name. */
async function ground(): Promise<Record<string, string>> {
  const site_id = await makeSite(hub, { asymmetric: true });
  const { integration_id } = await integrate(hub, site_id, receiver.url);
  const user_profile_id = crypto.randomUUID();
  const event = newSignUp({ user_profile_id });
  await post(hub.url, site_id, [event]);
  const path = `/v1/sites/${site_id}`;
  await until('the delivery', async () => {
    const { data } = await admin<{ data: { status: string }[] }>(hub, 'GET', `${path}/deliveries`);
    return data[0]?.status === 'succeeded';
  });
  const { link_id } = await admin<{ link_id: string }>(hub, 'POST', `${path}/view-links`, { name: 'Ann' });
  const { user_session_id } = event;
  return { site_id, integration_id, event_id: event.id, user_profile_id, user_session_id, link_id };
}

/** What a body needs, by the names of its required properties. */
const VALUES: Record<string, unknown> = {
  site_name: 'My site',
  origins: ['https://example.com'],
  name: 'Mail',
  url: 'https://example.com/hook',
  triggers: ['SignUpSuccess'],
};
const bodyOf = ({ requestBody }: Operation) => {
  if (!requestBody?.required) return undefined;
  const required = requestBody.content['application/json'].schema.required ?? [];
  return Object.fromEntries(required.map((name) => [name, VALUES[name]]));
};
const fill = (path: string, values: Record<string, string>) =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? expect.fail(`no value for ${name}`));

const all = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

describe('the published OpenAPI document', () => {
  test('is of version 3.1, names this collector, and needs no token', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.servers).toEqual([{ url: hub.url }]);
  });

  test('describes every call of the contract', () => {
    expect(all().map(({ method, path }) => `${method} ${path.replace('/v1/sites/{site_id}', '…')}`)).toEqual(
      expect.arrayContaining([
        'POST /v1/sites',
        'GET /v1/sites',
        'GET …',
        'PATCH …',
        'DELETE …',
        'POST …/integrations',
        'GET …/integrations',
        'GET …/integrations/{integration_id}',
        'PATCH …/integrations/{integration_id}',
        'DELETE …/integrations/{integration_id}',
        'POST …/integrations/{integration_id}/test',
        'POST …/integrations/{integration_id}/enable',
        'POST …/integrations/{integration_id}/replay',
        'GET …/deliveries',
        'GET …/deliveries/{event_id}/{integration_id}',
        'POST …/deliveries/{event_id}/{integration_id}/replay',
        'GET …/outcomes',
        'GET …/stats',
        'GET …/books',
      ]),
    );
  });

  test('is true: every operation answers as it says, with what it says', async () => {
    for (const { path, method, operation } of all()) {
      const response = await call(method, fill(path, await ground()), bodyOf(operation));
      const text = await response.text();
      const [status, success] = Object.entries(operation.responses).find(([code]) => code < '300') ?? [];
      expect([operation.operationId, response.status, text.slice(0, 300)]).toEqual([
        operation.operationId,
        Number(status),
        expect.anything(),
      ]);
      const schema = success?.content?.['application/json'].schema;
      if (!schema) expect(text).toBe('');
      else
        expect(z.fromJSONSchema(schema).safeParse(JSON.parse(text)).error?.issues ?? [], operation.operationId).toEqual(
          [],
        );
    }
  });

  test('is true of refusals: no token, unknown ids, bodies that are not right', async () => {
    for (const { path, method, operation } of all()) {
      const documented = Object.keys(operation.responses).map(Number);
      const unknown = fill(path, new Proxy({}, { get: () => crypto.randomUUID() }));
      const refusals = [
        await call(method, unknown, bodyOf(operation), ''),
        await call(method, unknown, bodyOf(operation), 'wrong'),
      ];
      expect(refusals.map(({ status }) => status)).toEqual([401, 401]);
      if (path.includes('{')) {
        const missing = await call(method, unknown, bodyOf(operation));
        expect([operation.operationId, documented.includes(missing.status), missing.status]).toEqual([
          operation.operationId,
          true,
          404,
        ]);
      }
      if (!operation.requestBody) continue;
      const odd = await call(method, unknown, { no_such_key: true });
      expect([operation.operationId, odd.status]).toEqual([operation.operationId, 422]);
      const { error } = (await odd.json()) as { error: { issues: unknown[] } };
      expect(error.issues.length).toBeGreaterThan(0);
    }
  });

  test('is true of a delivery that has not ended: the refusal to send it again is listed', async () => {
    const site_id = await makeSite(hub);
    const { integration_id } = await integrate(hub, site_id, receiver.url, { schedule_seconds: [3_600] });
    const event = newSignUp();
    receiver.mood = fails;
    await post(hub.url, site_id, [event]);
    await until('the first attempt', () => receiver.ids.has(event.id));
    receiver.mood = works;
    const path = '/v1/sites/{site_id}/deliveries/{event_id}/{integration_id}/replay';
    const response = await call('POST', fill(path, { site_id, event_id: event.id, integration_id }));
    expect(response.status).toBe(422);
    expect(Object.keys(document.paths[path]?.post?.responses ?? {})).toContain('422');
  });

  test('demands a body only where a request without one is refused', async () => {
    for (const { path, method, operation } of all().filter((it) => it.operation.requestBody)) {
      const { status } = await call(method, fill(path, await ground()));
      expect([operation.operationId, status === 422]).toEqual([operation.operationId, operation.requestBody?.required]);
    }
  });

  test('names all methods of a path: any other is refused with 405, which allows these', async () => {
    for (const [path, known] of Object.entries(document.paths)) {
      const allowed = Object.keys(known).map((method) => method.toUpperCase());
      const other = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'].find((method) => !allowed.includes(method)) ?? '';
      const response = await call(other, fill(path, new Proxy({}, { get: () => crypto.randomUUID() })));
      const { error } = (await response.json()) as { error: { code: string } };
      expect([path, response.status, error.code, response.headers.get('allow')?.split(', ').sort()]).toEqual([
        path,
        405,
        'method_not_allowed',
        allowed.sort(),
      ]);
    }
    expect((await call('POST', '/v1/nowhere')).status).toBe(404);
  });

  test('lists nothing without cursor and limit', () => {
    const lists = all().filter(({ operation }) => operation.operationId.startsWith('list'));
    const unpaged = lists.filter(({ operation }) => !operation.parameters.some(({ name }) => name === 'cursor'));
    expect(unpaged.map(({ operation }) => operation.operationId)).toEqual([]);
  });
});
