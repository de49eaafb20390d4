// The OpenAPI 3.1 document of the admin API, made from the same schemas that check requests: it can't describe what
// is not there. Owns the form of the document; the words are in the operations.
import * as z from 'zod';
import type { Operation, Shape } from './operation.ts';
import { operations } from './operations.ts';

type Json = { [key: string]: unknown };

/** Of an operation's path, what it is about: the heading it stands under. */
const TAGS: Record<string, string> = {
  sites: 'Sites',
  integrations: 'Integrations',
  deliveries: 'Deliveries',
  outcomes: 'Reports',
  stats: 'Reports',
  books: 'Reports',
  people: 'Erasure',
  sessions: 'Erasure',
  'view-links': 'Access',
  'sign-in-links': 'Access',
};

const ERROR = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string', description: 'Stable, for programs.' },
        message: { type: 'string', description: 'For people.' },
        issues: {
          type: 'array',
          items: {
            type: 'object',
            required: ['path', 'message'],
            properties: { path: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
};

/** `origin`: where this collector answers. */
export function toOpenApi(origin: string, version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [operation.method]: toOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'hubwire', version, description: 'The admin API: sites, integrations, deliveries, books.' },
    servers: [{ url: origin }],
    security: [{ adminToken: [] }],
    tags: [...new Set(operations.map(tagOf))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: { adminToken: { type: 'http', scheme: 'bearer', description: 'The secret ADMIN_TOKEN.' } },
      schemas: { Error: ERROR },
    },
  };
}

function tagOf({ path }: Operation): string {
  const about = path.split('/').findLast((part) => part in TAGS) ?? 'sites';
  return TAGS[about] ?? 'Sites';
}

function toOperation(operation: Operation): Json {
  const { name, summary, method, params, query, body, status, answer, versioned } = operation;
  const changes = versioned && method !== 'get';
  const etag = versioned &&
    method !== 'delete' && { ETag: { schema: { type: 'string' }, description: 'The version.' } };
  return {
    operationId: name,
    summary,
    tags: [tagOf(operation)],
    parameters: [
      ...parametersOf('path', params),
      ...parametersOf('query', query),
      ...(changes ? [{ name: 'If-Match', in: 'header', schema: { type: 'string' }, description: IF_MATCH }] : []),
    ],
    ...(body && { requestBody: { required: isNeeded(body), content: json(schemaOf(body, 'input')) } }),
    responses: {
      [status]: {
        description: status === 204 ? 'Done.' : 'As described.',
        ...(etag && { headers: etag }),
        ...(answer && { content: json(schemaOf(answer, 'output')) }),
      },
      ...Object.fromEntries(errorsOf(operation).map(([code, description]) => [code, { description, content: FAILED }])),
    },
  };
}

/** A schema with a default of its own takes a request without a body. */
const isNeeded = (body: Shape): boolean => !body.safeParse(undefined).success;

const IF_MATCH = 'The ETag of the version that is meant; 409 where it has changed since.';
const json = (schema: unknown) => ({ 'application/json': { schema } });
const FAILED = json({ $ref: '#/components/schemas/Error' });

function errorsOf({ params, query, body, versioned, method, errors: own = [] }: Operation): [number, string][] {
  const errors: [number, string][] = [...own, [401, 'unauthorized: the admin token is missing or wrong.']];
  if (body) errors.push([400, 'invalid_json'], [413, 'too_large']);
  if (params) errors.push([404, 'not_found']);
  if (versioned || method === 'post') errors.push([409, 'conflict: there is one already, or it has changed.']);
  if (body || query) errors.push([422, 'invalid: `issues` says what and where.']);
  errors.push([503, 'unavailable: try again after Retry-After seconds.']);
  return errors.sort(([a], [b]) => a - b);
}

function parametersOf(place: 'path' | 'query', shape: Shape | undefined): Json[] {
  if (!shape) return [];
  const { properties = {}, required = [] } = schemaOf(shape, 'input') as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema,
  }));
}

function schemaOf(shape: Shape, io: 'input' | 'output'): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io, unrepresentable: 'any' }) as Json;
  return schema;
}
