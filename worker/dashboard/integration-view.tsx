// The page of one integration, as a function of what is known of it. Its forms are answered by integration-page.tsx.
import type { Child } from 'hono/jsx';
import type { z } from 'zod';
import type { Health } from '../api/endpoints.ts';
import type { Integration } from '../config.ts';
import type { ShownAttempt } from '../delivery.ts';
import { etagOf } from '../etag.ts';
import { DeleteForm } from './delete-form.tsx';
import { type Example, Examples } from './examples.tsx';
import type { explain } from './form.ts';
import { type Entered, enteredOf, IntegrationFields } from './integration-form.tsx';
import { INTEGRATION } from './labels.ts';
import { type SiteFrame, SiteLayout } from './layout.tsx';
import { maskAnswer, maskHeaders, showPayload } from './mask.ts';
import { siteAt } from './page.ts';
import { Code, Done, group, millis, State, Table, Time } from './parts.tsx';
import { Problems } from './problems.tsx';
import { count } from './summary.ts';
import { VerifyCode } from './verify-code.tsx';

export type Sent = ShownAttempt & { body: string };
export type More = {
  entered?: Entered;
  /** What was refused, and which form it belongs to. */
  problem?: Omit<ReturnType<typeof explain>, 'status'>;
  at?: 'settings' | 'test' | 'rotate' | 'switch' | 'delete';
  /** The answer to a test send. */
  sent?: Sent;
};

type Fares = z.infer<typeof Health>;
type Props = SiteFrame &
  More & {
    integration: Integration;
    health: Fares;
    /** How many events were skipped since it was switched off. */
    missed: number;
    examples: Example[];
    done: string | undefined;
  };

export const IntegrationView = ({
  integration,
  health,
  missed,
  examples,
  entered,
  problem,
  at,
  sent,
  done,
  ...frame
}: Props) => {
  const { integration_id, site_id, name, enabled, disabled_reason } = integration;
  const post = (rest: string) => ({
    method: 'post' as const,
    action: siteAt(site_id, `/integrations/${integration_id}${rest}`),
  });
  const token = <input type="hidden" name="token" value={frame.token} />;
  const problemAt = (form: More['at']) => at === form && <Problems {...problem} labels={INTEGRATION} />;
  return (
    <SiteLayout {...frame} title={name} tab="integrations" narrow live>
      <Done done={done} />
      <div class="head">
        <h1>{name}</h1>
        <form {...post('/test')}>
          {token}
          <button type="submit">Send a test</button>
        </form>
      </div>
      {problemAt('test')}
      {sent && <TestResult sent={sent} />}
      <section class="card" id="health" data-live aria-label="How it fares">
        <HealthFacts health={health} reason={disabled_reason} />
        <p class="quiet">
          <a href={siteAt(site_id, '/deliveries', `integration_id=${integration_id}`)}>Its deliveries</a> ·{' '}
          <a href={siteAt(site_id, '/deliveries/replay', `integration_id=${integration_id}`)}>Send failed ones again</a>
        </p>
      </section>
      <form class="card stack" {...post('')}>
        <h2>Settings</h2>
        {problemAt('settings')}
        <IntegrationFields entered={entered ?? enteredOf(integration)}>
          {token}
          <input type="hidden" name="version" value={etagOf(integration)} />
        </IntegrationFields>
        <div class="actions">
          <button type="submit">Save</button>
          <span class="quiet">
            Integration ID <code>{integration_id}</code>
          </span>
        </div>
      </form>
      <Secrets integration={integration} token={frame.token} post={post('/rotate')}>
        {problemAt('rotate')}
      </Secrets>
      <Examples examples={examples} />
      <VerifyCode />
      <section class="card stack">
        <h2>{enabled ? 'Switch off' : 'Switch on'}</h2>
        {problemAt('switch')}
        {enabled ? (
          <form class="stack" {...post('/disable')}>
            {token}
            <p class="lead">
              While it is off, its events are recorded as skipped; they can be sent when it is on again.
            </p>
            <div class="actions">
              <button type="submit" class="second">
                Switch off
              </button>
            </div>
          </form>
        ) : (
          <form class="stack" {...post('/enable')}>
            {token}
            <div class="checks">
              <label>
                <input type="checkbox" name="catch_up" checked />
                <span>
                  Catch up
                  <small id="missed" data-live>
                    Send what was skipped since it was switched off, paced: {count(missed, 'event')} so far.
                  </small>
                </span>
              </label>
            </div>
            <div class="actions">
              <button type="submit">Switch on</button>
            </div>
          </form>
        )}
      </section>
      <DeleteForm
        what="integration"
        name={name}
        action={post('/delete').action}
        token={frame.token}
        problem={at === 'delete' ? problem : undefined}
      >
        Its settings, its secret and the log of its deliveries go with it
        {health.pending > 0 && `, and ${count(health.pending, 'delivery')} still pending will not be sent`}. There is no
        way back{enabled && ': to stop it and keep all of that, switch it off'}.
      </DeleteForm>
    </SiteLayout>
  );
};

const HealthFacts = ({ health, reason }: { health: Fares; reason: string | null }) => {
  const { state, mode, failing_since, last_error, pending, per_second, backlog_done_at } = health;
  const why = state === 'failing' ? last_error : state === 'disabled' && reason;
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>
        <State state={state} /> {failing_since && <>since {<Time at={failing_since} as="clock" />}</>}
      </dd>
      {why && (
        <>
          <dt>Why</dt>
          <dd>{why}</dd>
        </>
      )}
      <dt>Pending</dt>
      <dd>
        {group(pending)}
        {pending > 0 && backlog_done_at && (
          <>
            , done about <Time at={backlog_done_at} as="clock" />
          </>
        )}
      </dd>
      {mode !== 'steady' && (
        <>
          <dt>Pace</dt>
          <dd>
            {mode === 'probing'
              ? 'It is asked now and then until it answers; what is pending waits without using up attempts.'
              : `It works again; the pace grows${per_second === null ? '' : `, now ${count(Math.round(per_second), 'delivery')} a second`}.`}
          </dd>
        </>
      )}
    </dl>
  );
};

const TestResult = ({ sent }: { sent: Sent }) => {
  const { status, error, warning, duration_ms, response_headers, response_body, body } = sent;
  const headers = maskHeaders(response_headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <section class="card stack" aria-label="Result of the test">
      <p class="notice" data-tone={error ? 'bad' : warning ? 'warn' : 'good'} role="status">
        {error ?? warning ?? `It works: the test was answered with ${status} after ${millis(duration_ms)}.`}
      </p>
      <details open>
        <summary>What was sent</summary>
        <Code label="the payload that was sent" text={showPayload(body, true)} />
        <p class="hint">Your site’s own last event of this kind, its values masked. It counts nowhere.</p>
      </details>
      {status !== null && (
        <details open>
          <summary>What was answered</summary>
          <Code label="the answer" text={[...headers, '', maskAnswer(response_body) || '(no body)'].join('\n')} />
        </details>
      )}
    </section>
  );
};

type SecretsProps = {
  integration: Integration;
  token: string;
  post: { method: 'post'; action: string };
  children?: Child;
};
const Secrets = ({ integration, token, post, children }: SecretsProps) => (
  <section class="card stack">
    <h2>Signing secret</h2>
    {children}
    <Table
      caption="Secrets that sign now"
      columns={['Secret', 'Made', 'Signs until']}
      rows={integration.secrets.map(({ masked, created_at, expires_at }) => [
        <code>{masked}</code>,
        <Time at={created_at} />,
        expires_at ? <Time at={expires_at} /> : 'it is replaced',
      ])}
    />
    <form class="stack" {...post}>
      <input type="hidden" name="token" value={token} />
      <div class="checks">
        <label>
          <input type="checkbox" name="leaked" />
          <span>
            The present one has leaked
            <small>It stops signing at once; otherwise it signs along for a day.</small>
          </span>
        </label>
      </div>
      <div class="actions">
        <button type="submit" class="second">
          Make a new secret
        </button>
      </div>
    </form>
  </section>
);
