// Sending all failed deliveries of an integration again: first how many they are, then one click. They go out paced,
// beside new events, each with its own webhook-id, so that receivers can tell a repetition.
import { Hono } from 'hono';
import type { Integration } from '../config.ts';
import { replayMany } from '../deliveries.ts';
import { ReplayFilter } from '../delivery.ts';
import { readFilters, WITHIN, WITHIN_NAMES } from './delivery-filter.ts';
import { explain, readFields } from './form.ts';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { readFigures } from './overview-figures.ts';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { group } from './parts.tsx';
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
  const counted = await run(c, found, chosen, true);
  const count = counted.ok ? counted.value.count : 0;
  const { who, token } = c.var;
  const { status = 200, ...said } = problem ?? {};
  return show(c, <ReplayPage who={who} token={token} {...found} {...chosen} count={count} problem={said} />, status);
}

type Props = Omit<SiteFrame, 'site'> & Found & Chosen & { count: number; problem: Problem };
const ReplayPage = ({ integrations, integration, within, count, problem, ...frame }: Props) => {
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
        <p class="lead">
          They go out paced, beside new events, each with the <code>webhook-id</code> it had before.
        </p>
        <div class="actions">
          <button type="submit" disabled={count === 0}>
            {count === 0 ? 'Nothing to send' : `Send ${group(count)} again`}
          </button>
          <a href={siteAt(frame.site.site_id, '/deliveries')}>Cancel</a>
        </div>
      </form>
    </SiteLayout>
  );
};
