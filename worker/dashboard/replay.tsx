// Sending all failed deliveries of an integration again: first how many they are, then one click. They go out paced,
// beside new events, each with its own webhook-id, so that receivers can tell a repetition.
import { Hono } from 'hono';
import type { z } from 'zod';
import { Health } from '../api/endpoints.ts';
import type { Integration } from '../config.ts';
import { replayMany } from '../deliveries.ts';
import { ReplayFilter } from '../delivery.ts';
import { readFilters, toQuery, WITHIN, WITHIN_NAMES } from './delivery-filter.ts';
import { explain, readFields } from './form.ts';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { readFigures } from './overview-figures.ts';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { group } from './parts.tsx';
import { perform } from './perform.ts';
import { type Problem, Problems } from './problems.tsx';
import { type Found, siteOf } from './site-of.ts';

export const replay = new Hono<Page>();
const PATH = '/:site_id/deliveries/replay';

type Chosen = { integration: Integration; within: keyof typeof WITHIN };
/** Where none is chosen, the integration that most has failed at of late. */
async function choose(c: PageContext, found: Found | null, query: Record<string, string>): Promise<Chosen | null> {
  const { integration_id, within = '24h' } = readFilters(query);
  if (!found?.integrations[0]) return null;
  const { site, integrations } = found;
  const byId = (id?: string) => integrations.find((known) => known.integration_id === id);
  const known = byId(integration_id);
  if (known) return { integration: known, within };
  const figures = await readFigures(c.env, { ...site, integrations }, within === '1h' ? '24h' : within, c.var.now);
  const [worst] = figures.integrations.toSorted((a, b) => b.failed - a.failed);
  return { integration: byId(worst?.integration_id) ?? found.integrations[0], within };
}
const run = (c: PageContext, { site }: Found, { integration, within }: Chosen, dry_run: boolean) => {
  const filter = ReplayFilter.parse({ since: new Date(c.var.now - WITHIN[within]).toISOString(), dry_run });
  return replayMany(c.env, site, integration, filter);
};

replay.get(PATH, (c) => page(c, c.req.query()));

replay.post(PATH, async (c) => {
  const form = await readFields(c);
  const query = { integration_id: form.text('integration_id'), within: form.text('within') };
  const found = await siteOf(c);
  const chosen = await choose(c, found, query);
  if (!found || !chosen) return page(c, query);
  const sent = await run(c, found, chosen, false);
  if (!sent.ok) return page(c, query, explain(sent.reason));
  const to = `/deliveries?done=replayed-all&integration_id=${chosen.integration.integration_id}`;
  return c.redirect(siteAt(found.site.site_id, to), 303);
});

async function page(c: PageContext, query: Record<string, string>, problem?: ReturnType<typeof explain>) {
  const found = await siteOf(c);
  const chosen = await choose(c, found, query);
  if (!found || !chosen) return show(c, <ErrorPage title="There is no integration to send to" />, 404);
  const params = { site_id: found.site.site_id, integration_id: chosen.integration.integration_id };
  const [counted, health] = await Promise.all([
    run(c, found, chosen, true),
    perform(c, 'getIntegrationHealth', { params }, Health),
  ]);
  const count = counted.ok ? counted.value.count : 0;
  const fares = health.ok ? health.value : null;
  const { who, token } = c.var;
  const { status = 200, ...said } = problem ?? {};
  const shown = { ...found, ...chosen, count, fares, problem: said };
  return show(c, <ReplayPage who={who} token={token} {...shown} />, status);
}

type Fares = z.infer<typeof Health> | null;
type Props = Omit<SiteFrame, 'site'> & Found & Chosen & { count: number; fares: Fares; problem: Problem };
const ReplayPage = ({ integrations, integration, within, count, fares, problem, ...frame }: Props) => {
  const here = siteAt(frame.site.site_id, '/deliveries/replay');
  const { integration_id, name } = integration;
  return (
    <SiteLayout {...frame} title="Send again" tab="deliveries" narrow>
      <Problems {...problem} />
      <h1>Send failed deliveries again</h1>
      <form class="card filters" method="get" action={here}>
        <div class="field">
          <label for="integration_id">Integration</label>
          <select id="integration_id" name="integration_id" data-submit>
            {integrations.map((known) => (
              <option value={known.integration_id} selected={known.integration_id === integration_id}>
                {known.name}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="within">Accepted in the</label>
          <select id="within" name="within" data-submit>
            {Object.entries(WITHIN_NAMES).map(([value, words]) => (
              <option value={value} selected={value === within}>
                {words.toLowerCase()}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="second">
          Count
        </button>
      </form>
      <form class="card stack" method="post" action={here}>
        <input type="hidden" name="token" value={frame.token} />
        <input type="hidden" name="integration_id" value={integration_id} />
        <input type="hidden" name="within" value={within} />
        <p>
          <b>{group(count)}</b> failed {count === 1 ? 'delivery' : 'deliveries'} to {name},{' '}
          {WITHIN_NAMES[within].toLowerCase()}.
        </p>
        {count > 0 && <Before site_id={frame.site.site_id} integration={integration} fares={fares} />}
        <p class="lead">
          They go out paced, beside new events, each with the <code>webhook-id</code> it had before.
        </p>
        <div class="actions">
          <button type="submit" disabled={count === 0 || !integration.enabled}>
            {count === 0 ? 'Nothing to send' : `Send ${group(count)} again`}
          </button>
          <a href={siteAt(frame.site.site_id, '/deliveries', toQuery({ status: 'failed', integration_id, within }))}>
            See them
          </a>
        </div>
      </form>
    </SiteLayout>
  );
};

type BeforeProps = { site_id: string; integration: Integration; fares: Fares };
/** What is to be mended first, or else they are refused, or fail again. */
const Before = ({ site_id, integration: { integration_id, name, enabled }, fares }: BeforeProps) => {
  const to = siteAt(site_id, `/integrations/${integration_id}`);
  if (!enabled)
    return (
      <p class="notice" data-tone="warn">
        {name} is switched off. <a href={to}>Switch it on</a> first.
      </p>
    );
  if (fares?.state !== 'failing') return null;
  return (
    <p class="notice" data-tone="warn">
      {name} is failing: {fares.last_error} <a href={to}>Mend that first</a>, or they fail again.
    </p>
  );
};
