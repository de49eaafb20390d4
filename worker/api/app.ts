// The admin API: every operation behind the bearer token, its input checked by its schemas, its failures turned into
// answers by reject.ts. It decides nothing itself.
import { type Context, Hono } from 'hono';
import type { Env } from '../bindings.ts';
import { etagOf } from '../etag.ts';
import { ADMIN_BODY_BYTES_MAX, OPENAPI_CACHE_S } from '../limits.ts';
import { parseJson, readText } from '../parse.ts';
import { type Reject, refuse, toIssues } from '../reject.ts';
import { fail, ok, type Result } from '../result.ts';
import { sameText } from '../sign.ts';
import { toOpenApi } from './openapi.ts';
import type { Operation, Shape } from './operation.ts';
import { operations } from './operations.ts';

export const api = new Hono<{ Bindings: Env }>();

/** Open to all: it says nothing that the source does not. */
api.get('/v1/openapi.json', ({ env, req }) =>
  Response.json(toOpenApi(new URL(req.url).origin, env.VERSION ?? 'dev'), {
    headers: { 'access-control-allow-origin': '*', 'cache-control': `public, max-age=${OPENAPI_CACHE_S}` },
  }),
);
api.use('/v1/*', async (context, next) => {
  const token = context.req.header('authorization')?.match(/^Bearer (.+)$/i)?.[1];
  if (!token || !context.env.ADMIN_TOKEN || !sameText(token, context.env.ADMIN_TOKEN))
    return refuse({ tag: 'unauthorized' });
  await next();
});
for (const operation of operations) api.on(operation.method, operation.path, (context) => answer(operation, context));
// What is asked of a known path by another method comes this far.
const methods = Map.groupBy(operations, ({ path }) => path).entries();
for (const [path, known] of [...methods, ['/v1/openapi.json', [{ method: 'get' }]] as const]) {
  const allow = known.map(({ method }) => method.toUpperCase()).join(', ');
  api.all(path, () => refuse({ tag: 'method_not_allowed', allow }));
}

async function answer(operation: Operation, context: Context<{ Bindings: Env }>): Promise<Response> {
  const input = await read(operation, context);
  if (!input.ok) return refuse(input.reason);
  const ifMatch = context.req.header('if-match');
  const { host } = new URL(context.req.url);
  const result = await operation.run({ ...input.value, ifMatch, host, env: context.env, now: Date.now() });
  if (!result.ok) return refuse(result.reason);
  return operation.status === 204
    ? new Response(null, { status: 204 })
    : Response.json(result.value, {
        status: operation.status,
        headers: operation.versioned ? { etag: etagOf(result.value as object) } : {},
      });
}

async function read({ params, query, body }: Operation, { req }: Context) {
  const id = params?.safeParse(req.param());
  if (id && !id.success) return fail({ tag: 'not_found', what: 'resource' } as const);
  // Nothing is not a number: it would pass for 0.
  const empty = Object.entries(req.query()).filter(([, value]) => value === '');
  if (query && empty.length > 0)
    return fail({ tag: 'invalid', issues: empty.map(([path]) => ({ path, message: 'must not be empty' })) } as const);
  const asked = check(query, req.query());
  if (!asked.ok) return asked;
  if (!body) return ok({ params: id?.data, query: asked.value, body: undefined });
  const text = await readText(req.raw, ADMIN_BODY_BYTES_MAX);
  if (!text.ok) return text;
  // Without a body, the schema's default; where it has none, a clear issue.
  const json = text.value === '' ? ok(undefined) : parseJson(text.value);
  if (!json.ok) return json;
  const checked = check(body, json.value);
  return checked.ok ? ok({ params: id?.data, query: asked.value, body: checked.value }) : checked;
}

function check(shape: Shape | undefined, value: unknown): Result<unknown, Reject> {
  const checked = shape?.safeParse(value);
  if (!checked || checked.success) return ok(checked?.data);
  return fail({ tag: 'invalid', issues: toIssues(checked.error) });
}
