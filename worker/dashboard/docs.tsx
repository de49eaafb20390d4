// The reference page, /docs: the OpenAPI document for people, and what a receiver of webhooks has to know. Made from
// the document itself, so that the two can't differ. Public, like the source.
import { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { toOpenApi } from '../api/openapi.ts';
import { describeType, type JsonSchema, rowsOf } from './docs-schema.ts';
import { WebhookDocs } from './docs-webhooks.tsx';
import { manners } from './guard.tsx';
import { Layout } from './layout.tsx';
import { type Page, show } from './page.ts';
import { Code } from './parts.tsx';
import { VerifyCode } from './verify-code.tsx';

export const docs = new Hono<Page>();

docs.get('/docs', manners, (c) => {
  const { origin } = new URL(c.req.url);
  return show(c, <DocsPage document={toOpenApi(origin, c.env.VERSION ?? 'dev') as Document} origin={origin} />);
});

type Described = {
  operationId: string;
  summary: string;
  tags: string[];
  parameters: { name: string; in: string; required?: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
};
type Content = { 'application/json': { schema: JsonSchema } };
type Document = { paths: Record<string, Record<string, Described>>; tags: { name: string }[] };

const DocsPage = ({ document, origin }: { document: Document; origin: string }) => {
  const all = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return (
    <Layout
      title="API"
      bar={
        <nav class="where" aria-label="Account">
          <a href="/dashboard">Dashboard</a>
          <a href="/v1/openapi.json">OpenAPI 3.1</a>
        </nav>
      }
    >
      <div class="docs">
        <nav class="contents" aria-label="Contents">
          <a href="#begin">Begin</a>
          <a href="#webhooks">Webhooks</a>
          {document.tags.map(({ name }) => (
            <>
              <a href={`#${name}`}>{name}</a>
              <ul>
                {all
                  .filter(({ operation }) => operation.tags.includes(name))
                  .map(({ operation }) => (
                    <li>
                      <a href={`#${operation.operationId}`}>{operation.operationId}</a>
                    </li>
                  ))}
              </ul>
            </>
          ))}
        </nav>
        <div class="stack">
          <Begin origin={origin} />
          <WebhookDocs />
          <VerifyCode />
          {document.tags.map(({ name }) => (
            <section class="stack" id={name} aria-label={name}>
              <h2>{name}</h2>
              {all
                .filter(({ operation }) => operation.tags.includes(name))
                .map((entry) => (
                  <OperationCard {...entry} />
                ))}
            </section>
          ))}
        </div>
      </div>
    </Layout>
  );
};

const Begin = ({ origin }: { origin: string }) => (
  <section class="card stack" id="begin">
    <h1>The admin API</h1>
    <p>
      Everything that the dashboard does, for programs. Send the admin token as a bearer token; bodies are JSON; times
      are ISO 8601 in UTC.
    </p>
    <Code label="a first call" text={`curl -H "Authorization: Bearer $ADMIN_TOKEN" ${origin}/v1/sites`} />
    <ul>
      <li>
        <b>Lists</b> are <code>{'{"data": […], "next": cursor | null}'}</code>: pass <code>next</code> as{' '}
        <code>?cursor</code> until it is null; <code>?limit</code> is 1 to 200.
      </li>
      <li>
        <b>Errors</b> are <code>{'{"error": {"code", "message"}}'}</code>; for 422 <code>issues</code> says what is
        wrong where. 503 comes with <code>Retry-After</code>.
      </li>
      <li>
        <b>Concurrent changes</b>: sites and integrations have an <code>ETag</code>. Send it back as{' '}
        <code>If-Match</code>, and a change is refused with 409 where somebody else was first.
      </li>
    </ul>
  </section>
);

const OperationCard = ({ path, method, operation }: { path: string; method: string; operation: Described }) => {
  const body = operation.requestBody?.content['application/json'].schema;
  const [status, success] = Object.entries(operation.responses).find(([code]) => code < '300') ?? [];
  const answer = success?.content?.['application/json'].schema;
  const errors = Object.entries(operation.responses).filter(([code]) => code >= '300');
  return (
    <article class="card stack" id={operation.operationId}>
      <h3>
        <code class="method">{method.toUpperCase()}</code> <code>{path}</code>
      </h3>
      <p>{operation.summary}</p>
      {operation.parameters.length > 0 && (
        <Properties title="Parameters">
          {operation.parameters.map(({ name, in: place, required = false, description, schema }) => (
            <Property name={name} type={`${place}, ${describeType(schema)}`} required={required} note={description} />
          ))}
        </Properties>
      )}
      {body && (
        <Properties title={operation.requestBody?.required ? 'Body' : 'Body, may be left out'}>
          {rowsOf(body).map((row) => (
            <Property {...row} />
          ))}
        </Properties>
      )}
      <details>
        <summary>
          Answer {status}
          {answer ? '' : ', without a body'}, and errors {errors.map(([code]) => code).join(', ')}
        </summary>
        {answer && (
          <Properties title={`Answer ${status}`}>
            {rowsOf(answer).map((row) => (
              <Property {...row} required={false} />
            ))}
          </Properties>
        )}
        <Properties title="Errors">
          {errors.map(([code, { description }]) => (
            <Property name={code} type="" required={false} note={description} />
          ))}
        </Properties>
      </details>
    </article>
  );
};

const Properties = ({ title, children }: { title: string; children?: Child }) => (
  <div>
    <p class="quiet">{title}</p>
    <dl class="facts">{children}</dl>
  </div>
);

type PropertyProps = { name: string; type: string; required: boolean; note?: string | undefined };
const Property = ({ name, type, required, note }: PropertyProps) => (
  <>
    <dt>
      <code>{name}</code>
    </dt>
    <dd>
      <span class="quiet">
        {type}
        {required && ', required'}
      </span>{' '}
      {note}
    </dd>
  </>
);
