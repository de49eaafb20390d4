// Sending all failed deliveries of an integration again: first how many they are, then one click. They go out paced,
// beside new events, each with its own webhook-id, so that receivers can tell a repetition.
import { Hono } from 'hono';
import { replayMany } from '../deliveries.ts';
import { ReplayFilter } from '../delivery.ts';
import { readFilters, WITHIN, WITHIN_NAMES } from './delivery-filter.ts';
import { readFields } from './form.ts';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { group } from './parts.tsx';
import { type Found, siteOf } from './site-of.ts';

export const replay = new Hono<Page>();
const PATH = '/:site_id/deliveries/replay';

type Chosen = { integration_id: string; within: keyof typeof WITHIN };
const choose = ({ integrations }: Found, query: Record<string, string>): Chosen => {
  const { integration_id, within = '24h' } = readFilters(query);
  const known = integrations.find((integration) => integration.integration_id === integration_id) ?? integrations[0];
  return { integration_id: known?.integration_id ?? '', within };
};
const run = (c: PageContext, { site }: Found, { integration_id, within }: Chosen, dry_run: boolean) => {
  const filter = ReplayFilter.parse({ since: new Date(c.var.now - WITHIN[within]).toISOString(), dry_run });
  return replayMany(c.env, site, integration_id, filter);
};

replay.get(PATH, async (c) => {
  const found = await siteOf(c);
  if (!found?.integrations.length) return show(c, <ErrorPage title="There is no integration to send to" />, 404);
  const chosen = choose(found, c.req.query());
  const { count } = await run(c, found, chosen, true);
  return show(c, <ReplayPage who={c.var.who} token={c.var.token} {...found} {...chosen} count={count} />);
});

replay.post(PATH, async (c) => {
  const found = await siteOf(c);
  if (!found?.integrations.length) return show(c, <ErrorPage title="There is no integration to send to" />, 404);
  const form = await readFields(c);
  const chosen = choose(found, { integration_id: form.text('integration_id'), within: form.text('within') });
  await run(c, found, chosen, false);
  const to = `/deliveries?done=replayed&integration_id=${chosen.integration_id}`;
  return c.redirect(siteAt(found.site.site_id, to), 303);
});

type Props = Omit<SiteFrame, 'site'> & Found & Chosen & { count: number };
const ReplayPage = ({ integrations, integration_id, within, count, ...frame }: Props) => {
  const here = siteAt(frame.site.site_id, '/deliveries/replay');
  const name = integrations.find((known) => known.integration_id === integration_id)?.name;
  return (
    <SiteLayout {...frame} title="Send again" tab="deliveries" narrow>
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
