// One delivery: what is wrong and what to do, when it is tried next, what was sent, and every attempt with its answer.
// People's values are masked; an admin may look at them. Sending it again uses the same webhook-id.
import { Hono } from 'hono';
import * as z from 'zod';
import type { Integration } from '../config.ts';
import { getDelivery } from '../deliveries.ts';
import type { DeliveryDetail, ShownAttempt } from '../delivery.ts';
import { ERASED } from '../erase.ts';
import { VALUE_CHARS_MAX } from '../limits.ts';
import { placeOf } from './delivery-filter.ts';
import { explain } from './form.ts';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { maskAnswer, maskHeaders, showPayload } from './mask.ts';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Code, Done, group, millis, State, Time } from './parts.tsx';
import { perform } from './perform.ts';
import { Problems } from './problems.tsx';
import { siteOf } from './site-of.ts';

export const deliveryPage = new Hono<Page>();
const PATH = '/:site_id/deliveries/:event_id/:integration_id';

deliveryPage.get(PATH, (c) => page(c));

deliveryPage.post(`${PATH}/replay`, async (c) => {
  const again = await perform(c, 'replayDelivery', { params: c.req.param() }, z.unknown());
  if (again.ok) return c.redirect(addressOf(c, '', 'done=replayed'), 303);
  const { status, ...problem } = explain(again.reason);
  return page(c, problem, status);
});

/** Each address of this page carries along what leads back to the list as it was left. */
function addressOf(c: PageContext, rest = '', query = ''): string {
  const { site_id = '', event_id, integration_id } = c.req.param() as Record<string, string>;
  const queries = [placeOf(c.req.query()), query].filter(Boolean);
  return siteAt(site_id, `/deliveries/${event_id}/${integration_id}${rest}`, queries.join('&'));
}

type Problem = Omit<ReturnType<typeof explain>, 'status'>;
async function page(c: PageContext, problem?: Problem, status: 200 | 404 | 409 | 422 = 200) {
  const { event_id = '', integration_id = '' } = c.req.param() as Record<string, string>;
  const found = await siteOf(c);
  const integration = found?.integrations.find((known) => known.integration_id === integration_id);
  const delivery = found && integration && (await getDelivery(c.env, found.site, integration_id, event_id));
  if (!found || !integration || !delivery?.ok) {
    const detail = 'It may be older than what is kept, or the event was not for this integration.';
    return show(c, <ErrorPage title="There is no such delivery" detail={detail} />, 404);
  }
  const { who, token } = c.var;
  const values = who.role === 'admin' && c.req.query('show') === 'values';
  const ways = {
    back: siteAt(found.site.site_id, '/deliveries', placeOf(c.req.query())),
    integration: siteAt(found.site.site_id, `/integrations/${integration_id}`),
    replay: addressOf(c, '/replay'),
    values: addressOf(c, '', values ? '' : 'show=values'),
  };
  const shown = { delivery: delivery.value, integration, ways, problem, values, done: c.req.query('done') };
  return show(c, <DeliveryView who={who} token={token} site={found.site} {...shown} />, status);
}

type Shown = {
  delivery: DeliveryDetail;
  integration: Integration;
  ways: Record<'back' | 'integration' | 'replay' | 'values', string>;
  values: boolean;
  problem: Problem | undefined;
};
const DeliveryView = ({
  delivery,
  integration: { name, enabled },
  ways,
  values,
  problem,
  done,
  ...frame
}: SiteFrame & Shown & { done: string | undefined }) => {
  const { event_id, event, status, attempts, attempts_dropped, erased } = delivery;
  const tries = attempts_dropped + attempts.length;
  const ended = status !== 'pending' && status !== 'retrying';
  const admin = frame.who.role === 'admin';
  return (
    <SiteLayout {...frame} title={`${event} to ${name}`} tab="deliveries" live>
      <Done done={done} />
      <Problems {...problem} />
      <p class="quiet">
        <a href={ways.back}>← Deliveries</a>
      </p>
      <div class="head">
        <h1>
          {event} to {name}
        </h1>
        {admin && !erased && !enabled && (
          <a class="button second" href={ways.integration}>
            Switch it on to send
          </a>
        )}
        {admin && !erased && enabled && (
          <form method="post" action={ways.replay}>
            <input type="hidden" name="token" value={frame.token} />
            <button type="submit" class="second" disabled={!ended}>
              {!ended ? 'Still on its way' : tries === 0 ? 'Send it' : 'Send again'}
            </button>
          </form>
        )}
      </div>
      <div class="columns">
        <div class="stack" id="delivery" data-live>
          <section class="card">
            <dl class="facts">
              <dt>State</dt>
              <dd>
                <State state={status} />
              </dd>
              <Verdict delivery={delivery} />
              {delivery.cut.length > 0 && (
                <>
                  <dt>Cut</dt>
                  <dd>
                    Longer than {group(VALUE_CHARS_MAX)} characters: {delivery.cut.join(', ')}
                  </dd>
                </>
              )}
              {erased && (
                <>
                  <dt>Erased</dt>
                  <dd>Its content was erased with its person. It can’t be sent again; ids and times stay.</dd>
                </>
              )}
              <dt>Accepted</dt>
              <dd>
                <Time at={delivery.created_at} />
              </dd>
              {delivery.next_attempt_at && (
                <>
                  <dt>Next attempt</dt>
                  <dd>
                    <Time at={delivery.next_attempt_at} />
                  </dd>
                </>
              )}
              <dt>Integration</dt>
              <dd>{admin ? <a href={ways.integration}>{name}</a> : name}</dd>
              <dt>Event id</dt>
              <dd class="mono">{event_id}</dd>
            </dl>
          </section>
          <section class="card">
            <h2>{tries > 0 ? `Attempts: ${group(tries)}` : ended ? 'No attempt' : 'No attempt yet'}</h2>
            <ol class="attempts" reversed>
              {attempts.toReversed().map((attempt, i) => (
                <Attempt attempt={attempt} number={tries - i} newest={attempts.at(-1)} />
              ))}
            </ol>
            {attempts_dropped > 0 && <p class="hint">The first {group(attempts_dropped)} are no longer kept.</p>}
          </section>
        </div>
        <section class="card stack">
          <div class="head">
            <h2>Payload</h2>
            {admin && !erased && <a href={ways.values}>{values ? 'Mask values' : 'Show values'}</a>}
          </div>
          <Code label="the payload" text={showPayload(delivery.body, values)} />
          {!values && !erased && <p class="hint">Values that people entered are masked.</p>}
        </section>
      </div>
    </SiteLayout>
  );
};

/** What is wrong, and what to do, from the last attempt. That it was erased is told beside it. */
const Verdict = ({ delivery: { status, attempts, last_error } }: { delivery: DeliveryDetail }) => {
  const last = attempts.at(-1);
  const why = status === 'succeeded' ? last?.warning : (last?.error ?? last_error);
  if (!why || why === ERASED) return null;
  return (
    <>
      <dt>{status === 'succeeded' ? 'But' : 'Why'}</dt>
      <dd>{why}</dd>
    </>
  );
};

type AttemptProps = { attempt: ShownAttempt; number: number; newest: ShownAttempt | undefined };
/** What went wrong stands above for the newest; an earlier one says it where it differs. */
const Attempt = ({ attempt, number, newest }: AttemptProps) => {
  const { at, status, duration_ms, error, warning, response_headers, response_body } = attempt;
  const tone = error ? 'bad' : warning ? 'warn' : 'good';
  const said = error ?? warning;
  return (
    <li>
      <div class="head">
        <b>
          {number}. <Time at={at} />
        </b>
        <span class="state" data-tone={tone}>
          {status ?? 'No answer'} · {millis(duration_ms)}
        </span>
      </div>
      {said !== (newest?.error ?? newest?.warning) && <p>{said}</p>}
      {status !== null && (
        <details open={attempt === newest && tone !== 'good'}>
          <summary>Answer to attempt {number}</summary>
          <Code label={`the answer to attempt ${number}`} text={answerText(response_headers, response_body)} />
        </details>
      )}
    </li>
  );
};

const answerText = (headers: Record<string, string>, body: string): string => {
  const lines = maskHeaders(headers).map(([name, value]) => `${name}: ${value}`);
  return [...lines, '', maskAnswer(body) || '(no body)'].join('\n');
};
