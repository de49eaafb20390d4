// The integrations of a site with how each fares, those that need somebody first, and adding one. The answer to adding
// shows the signing secret, once, with what to do with it; what follows (test send, changes) is the page of the
// integration.
import { Hono } from 'hono';
import { directoryOf } from '../bindings.ts';
import { type Integration, IntegrationInput, type Site } from '../config.ts';
import { forgetSite } from '../site.ts';
import { checkForm, explain, readFields } from './form.ts';
import { blank, type Entered, IntegrationFields, readIntegration } from './integration-form.tsx';
import { INTEGRATION } from './labels.ts';
import { NoSuch, type SiteFrame, SiteLayout } from './layout.tsx';
import { readFigures } from './overview-figures.ts';
import { byUrgency, LastError } from './overview-parts.tsx';
import { hostOf, type Page, type PageContext, show, siteAt } from './page.ts';
import { Done, Empty, group, percent, State, Table } from './parts.tsx';
import { Problems } from './problems.tsx';
import { SecretPage } from './secret-page.tsx';
import { siteOf } from './site-of.ts';
import type { Fares } from './summary.ts';

export const integrations = new Hono<Page>();
const PATH = '/:site_id/integrations';

integrations.get(PATH, async (c) => {
  const found = await siteOf(c);
  if (!found) return show(c, <NoSuch what="site" />, 404);
  const figures = await readFigures(c.env, { ...found.site, integrations: found.integrations }, '24h', c.var.now);
  const fares = new Map(figures.integrations.map((row) => [row.integration_id, row]));
  const list = found.integrations.flatMap(({ url, integration_id }) => {
    const row = fares.get(integration_id);
    return row ? { ...row, url } : [];
  });
  return show(c, <ListPage {...frame(c, found.site)} list={byUrgency(list)} done={c.req.query('done')} />);
});

integrations.get(`${PATH}/new`, async (c) => {
  const site = await directoryOf(c.env).getSite(c.req.param('site_id'));
  if (!site.ok) return show(c, <NoSuch what="site" />, 404);
  return show(c, <NewPage {...frame(c, site.value)} entered={blank} />);
});

integrations.post(`${PATH}/new`, async (c) => {
  const siteId = c.req.param('site_id');
  const site = await directoryOf(c.env).getSite(siteId);
  if (!site.ok) return show(c, <NoSuch what="site" />, 404);
  const { entered, input } = readIntegration(await readFields(c));
  const checked = checkForm(IntegrationInput, input);
  const created = checked.ok ? await directoryOf(c.env).createIntegration(siteId, checked.value, hostOf(c)) : checked;
  forgetSite(siteId);
  if (created.ok)
    return show(
      c,
      <SecretPage {...frame(c, site.value)} title={`${created.value.name} is connected`} integration={created.value} />,
      201,
    );
  const { status, ...problem } = explain(created.reason);
  return show(c, <NewPage {...frame(c, site.value)} entered={entered} problem={problem} />, status);
});

const frame = (c: PageContext, site: Site) => ({ site, who: c.var.who, token: c.var.token });

type Row = Fares & Pick<Integration, 'url'>;
type ListProps = SiteFrame & { list: Row[]; done: string | undefined };
const ListPage = ({ list, done, ...rest }: ListProps) => {
  const at = (path: string) => siteAt(rest.site.site_id, `/integrations${path}`);
  return (
    <SiteLayout {...rest} title="Integrations" tab="integrations" live>
      <Done done={done} />
      <div class="head">
        <h1>Integrations</h1>
        <a class="button" href={at('/new')}>
          Add an integration
        </a>
      </div>
      <section class="card" id="integrations" data-live>
        {list.length === 0 ? (
          <Empty title="No tool is connected">
            <p>Add the first one: it takes a name and the URL of its webhook.</p>
          </Empty>
        ) : (
          <Table
            caption="Integrations"
            columns={[
              ['Name', 'name'],
              ['State', 'aside'],
              'Told when',
              ['Success, 24 h', 'number'],
              ['Pending', 'number'],
              ['URL, and last error', 'wide'],
            ]}
            rows={list.map((row) => [
              <a href={at(`/${row.integration_id}`)}>{row.name}</a>,
              <State state={row.state} />,
              row.triggers.join(', '),
              percent(row.success_rate),
              group(row.pending),
              <>
                <code>{row.url}</code>
                <LastError row={row} />
              </>,
            ])}
          />
        )}
      </section>
    </SiteLayout>
  );
};

type NewProps = SiteFrame & { entered: Entered; problem?: Omit<ReturnType<typeof explain>, 'status'> };
const NewPage = ({ entered, problem, ...rest }: NewProps) => (
  <SiteLayout {...rest} title="Add an integration" tab="integrations" narrow>
    <h1>Add an integration</h1>
    <form class="card stack" method="post" action={siteAt(rest.site.site_id, '/integrations/new')}>
      <Problems {...problem} labels={INTEGRATION} />
      <IntegrationFields entered={entered}>
        <input type="hidden" name="token" value={rest.token} />
      </IntegrationFields>
      <div class="actions">
        <button type="submit">Add the integration</button>
        <a href={siteAt(rest.site.site_id, '/integrations')}>Cancel</a>
      </div>
    </form>
  </SiteLayout>
);
