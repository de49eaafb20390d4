// All sites with a line each on their state, and making a new one. With one site only, its overview is the front page.
import { Hono } from 'hono';
import { directoryOf } from '../bindings.ts';
import { type Site, SiteInput } from '../config.ts';
import { ROWS_PER_PAGE } from '../limits.ts';
import type { Issue } from '../reject.ts';
import { forgetSite, readSite } from '../site.ts';
import { checkForm, explain, readFields } from './form.ts';
import { SITE } from './labels.ts';
import { AdminLayout } from './layout.tsx';
import { type Figures, readFigures } from './overview-figures.ts';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Done, Empty, Field, group, Time } from './parts.tsx';
import { Problems } from './problems.tsx';
import { summarize } from './summary.ts';

export const sites = new Hono<Page>();

sites.get('/', async (c) => {
  const { data } = await directoryOf(c.env).listSites(2, null);
  const only = data.length === 1 && data[0];
  return c.redirect(only ? siteAt(only.site_id) : '/dashboard/sites', 303);
});

sites.get('/sites', async (c) => {
  const page = await directoryOf(c.env).listSites(ROWS_PER_PAGE, c.req.query('cursor') ?? null);
  const rows = await Promise.all(page.data.map(async (site) => ({ site, figures: await figuresOf(c, site) })));
  return show(c, <SitesPage token={c.var.token} rows={rows} next={page.next} done={c.req.query('done')} />);
});

sites.get('/sites/new', (c) => show(c, <NewSitePage token={c.var.token} />));

sites.post('/sites/new', async (c) => {
  const form = await readFields(c);
  const entered = { site_name: form.text('site_name'), origins: form.lines('origins') };
  const input = checkForm(SiteInput, entered);
  const created = input.ok ? await directoryOf(c.env).createSite(input.value) : input;
  if (created.ok) {
    forgetSite(created.value.site_id);
    return c.redirect(siteAt(created.value.site_id, '/setup?done=site-created'), 303);
  }
  const { status, ...problem } = explain(created.reason);
  return show(c, <NewSitePage token={c.var.token} entered={entered} {...problem} />, status);
});

async function figuresOf(c: PageContext, { site_id }: Site): Promise<Figures | null> {
  const site = await readSite(c.env, site_id, c.var.now);
  return site && readFigures(c.env, site, '24h', c.var.now);
}

type Row = { site: Site; figures: Figures | null };
const SitesPage = (props: { token: string; rows: Row[]; next: string | null; done: string | undefined }) => (
  <AdminLayout title="Sites" token={props.token}>
    <Done done={props.done} />
    <div class="head">
      <h1>Sites</h1>
      <a class="button" href="/dashboard/sites/new">
        Add a site
      </a>
    </div>
    {props.rows.length === 0 && (
      <section class="card">
        <Empty title="No site yet">
          <p>Add your website, paste one line into its pages, and its sign-ups can go anywhere.</p>
        </Empty>
      </section>
    )}
    <ul class="cards">
      {props.rows.map(({ site, figures }) => (
        <li class="card">
          <h2>
            <a href={siteAt(site.site_id)}>{site.site_name}</a>
          </h2>
          <p class="quiet">{site.origins.join(', ')}</p>
          {figures && <SiteState figures={figures} />}
        </li>
      ))}
    </ul>
    {props.next && (
      <p class="pager">
        <a href={`?cursor=${props.next}`}>More sites →</a>
      </p>
    )}
  </AdminLayout>
);

const SiteState = ({ figures }: { figures: Figures }) => {
  const { tone, phrases } = summarize(figures.totals, figures.integrations, figures.range);
  return (
    <>
      <p>
        <b>{group(figures.totals.SignUpSuccess)}</b> sign-ups, <b>{group(figures.totals.SiteViewed)}</b> views in 24
        hours
      </p>
      <p class="notice" data-tone={tone}>
        {phrases.map((phrase) => (typeof phrase === 'string' ? phrase : <Time at={phrase.at} as="clock" />))}
      </p>
    </>
  );
};

type Entered = { site_name: string; origins: string[] };
const NewSitePage = (props: {
  token: string;
  entered?: Entered;
  issues?: Issue[] | undefined;
  message?: string | undefined;
}) => (
  <AdminLayout title="Add a site" token={props.token} narrow>
    <h1>Add a site</h1>
    <form class="card stack" method="post" action="/dashboard/sites/new">
      <Problems issues={props.issues} message={props.message} labels={SITE} />
      <input type="hidden" name="token" value={props.token} />
      <Field id="site_name" label={SITE.site_name} hint="It appears in every webhook as site_name.">
        <input
          id="site_name"
          name="site_name"
          required
          maxlength={200}
          value={props.entered?.site_name}
          aria-describedby="site_name-hint"
          autofocus
        />
      </Field>
      <OriginsField origins={props.entered?.origins ?? []} />
      <div class="actions">
        <button type="submit">Add the site</button>
        <a href="/dashboard/sites">Cancel</a>
      </div>
    </form>
  </AdminLayout>
);

/** The origins of a site, one a line; also part of its settings. */
export const OriginsField = ({ origins }: { origins: string[] }) => (
  <Field
    id="origins"
    label={SITE.origins}
    hint={
      <>
        One a line: the pages that may send events, such as <code>https://example.com</code> or{' '}
        <code>https://*.example.com</code> for all its subdomains. <code>*</code> lets every page send.
      </>
    }
  >
    <textarea id="origins" name="origins" required rows={3} spellcheck={false} aria-describedby="origins-hint">
      {origins.join('\n')}
    </textarea>
  </Field>
);
