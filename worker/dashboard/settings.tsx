// Settings of a site, links for people who only look, erasing a person, and deleting the site.
// Changes carry the version that was shown, so that nobody overwrites what somebody else has changed meanwhile.
import { Hono } from 'hono';
import { type ViewLink, ViewLinkInput } from '../access-links.ts';
import { directoryOf } from '../bindings.ts';
import { type Site, SitePatch } from '../config.ts';
import { invalid } from '../edit.ts';
import { etagOf } from '../etag.ts';
import { RETENTION_DAYS_MAX, SHARDS_MAX, VIEW_LINK_DAYS_MAX } from '../limits.ts';
import { forgetSite } from '../site.ts';
import { checkForm, explain, readFields } from './form.ts';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Code, Done, Field, Problems, Table, Time } from './parts.tsx';
import { OriginsField } from './sites.tsx';

export const settings = new Hono<Page>();
const PATH = '/:site_id/settings';

type Problem = Omit<ReturnType<typeof explain>, 'status'>;
type More = { at?: 'site' | 'links' | 'delete'; problem?: Problem; link?: string; status?: 200 | 404 | 409 | 422 };

settings.get(PATH, (c) => page(c));

settings.post(PATH, async (c) => {
  const form = await readFields(c);
  const siteId = c.req.param('site_id');
  const patch = checkForm(SitePatch, {
    site_name: form.text('site_name'),
    origins: form.lines('origins'),
    settings: {
      retention_days: Number(form.text('retention_days')),
      shards: Number(form.text('shards')),
      require_proof: form.on('require_proof'),
    },
  });
  forgetSite(siteId);
  const saved = patch.ok ? await directoryOf(c.env).patchSite(siteId, patch.value, form.text('version')) : patch;
  if (saved.ok) return c.redirect(siteAt(siteId, '/settings?done=saved'), 303);
  const { status, ...problem } = explain(saved.reason);
  return page(c, { at: 'site', problem, status });
});

settings.post(`${PATH}/links`, async (c) => {
  const form = await readFields(c);
  const input = checkForm(ViewLinkInput, { name: form.text('name'), expires_in_days: Number(form.text('days')) });
  const siteId = c.req.param('site_id');
  const made = input.ok ? await directoryOf(c.env).access.createViewLink(siteId, input.value) : input;
  if (made.ok) return page(c, { link: new URL(made.value.path, c.req.url).href });
  const { status, ...problem } = explain(made.reason);
  return page(c, { at: 'links', problem, status });
});

settings.post(`${PATH}/links/:link_id/revoke`, async (c) => {
  const { site_id, link_id } = c.req.param();
  await directoryOf(c.env).access.revokeViewLink(site_id, link_id);
  return c.redirect(siteAt(site_id, '/settings?done=revoked'), 303);
});

settings.post(`${PATH}/delete`, async (c) => {
  const siteId = c.req.param('site_id');
  const site = await directoryOf(c.env).getSite(siteId);
  const typed = (await readFields(c)).text('typed');
  const right = !site.ok || typed === site.value.site_name;
  forgetSite(siteId);
  const deleted = right
    ? await directoryOf(c.env).deleteSite(siteId)
    : invalid('', 'Type the name of the site exactly.');
  if (deleted.ok) return c.redirect('/dashboard/sites?done=site-deleted', 303);
  const { status, ...problem } = explain(deleted.reason);
  return page(c, { at: 'delete', problem, status });
});

async function page(c: PageContext, { status = 200, ...more }: More = {}) {
  const siteId = c.req.param('site_id') ?? '';
  const directory = directoryOf(c.env);
  const [site, links] = await Promise.all([directory.getSite(siteId), directory.access.listViewLinks(siteId)]);
  if (!site.ok || !links.ok) return show(c, <ErrorPage title="There is no such site" />, 404);
  const frame = { who: c.var.who, token: c.var.token, done: c.req.query('done') };
  return show(c, <SettingsPage {...frame} {...more} site={site.value} links={links.value} />, status);
}

type Props = Omit<SiteFrame, 'site'> & More & { site: Site; links: ViewLink[]; done: string | undefined };
const SettingsPage = ({ site, links, done, at, problem, link, ...frame }: Props) => (
  <SiteLayout {...frame} site={site} title="Settings" tab="settings" narrow>
    <Done done={done} />
    <h1>Settings</h1>
    <SiteForm site={site} token={frame.token} problem={at === 'site' ? problem : undefined} />
    <section class="card stack" id="links">
      <h2>View-only links</h2>
      <p class="lead">
        For people who want to see how this site does, without an account. A link shows this site alone, no secret, and
        changes nothing.
      </p>
      {link && (
        <div class="notice" data-tone="good" role="status">
          <p>Here is the link. It is shown this once; send it to whom it is for.</p>
          <Code label="the link" text={link} />
        </div>
      )}
      {links.length > 0 && <Links site={site} links={links} token={frame.token} />}
      <form class="filters" method="post" action={siteAt(site.site_id, '/settings/links')}>
        <input type="hidden" name="token" value={frame.token} />
        <Field id="name" label="For whom">
          <input id="name" name="name" required maxlength={200} placeholder="Marketing" />
        </Field>
        <Field id="days" label="Expires in days">
          <input id="days" name="days" type="number" required min={1} max={VIEW_LINK_DAYS_MAX} value="90" />
        </Field>
        <button type="submit" class="second">
          Make a link
        </button>
      </form>
      {at === 'links' && <Problems {...problem} />}
    </section>
    <form class="card danger stack" method="post" action={siteAt(site.site_id, '/settings/delete')}>
      <h2>Delete this site</h2>
      {at === 'delete' && <Problems {...problem} />}
      <p class="lead">
        Its integrations, events and records go with it, and what is pending is not sent. There is no way back.
      </p>
      <input type="hidden" name="token" value={frame.token} />
      <Field id="typed" label={`Type ${site.site_name} to confirm`}>
        <input id="typed" name="typed" required autocomplete="off" />
      </Field>
      <div class="actions">
        <button type="submit" class="danger">
          Delete the site
        </button>
      </div>
    </form>
  </SiteLayout>
);

const Links = ({ site, links, token }: { site: Site; links: ViewLink[]; token: string }) => (
  <Table caption="View-only links" head={['For', 'Last used', 'Expires', <span class="quiet">Action</span>]}>
    {links.map(({ link_id, name, last_used_at, expires_at }) => (
      <tr>
        <th scope="row">{name}</th>
        <td>{last_used_at ? <Time at={last_used_at} /> : 'never'}</td>
        <td>
          <Time at={expires_at} />
        </td>
        <td>
          <form method="post" action={siteAt(site.site_id, `/settings/links/${link_id}/revoke`)}>
            <input type="hidden" name="token" value={token} />
            <button type="submit" class="plain" aria-label={`Revoke the link for ${name}`}>
              Revoke
            </button>
          </form>
        </td>
      </tr>
    ))}
  </Table>
);

const SiteForm = ({ site, token, problem }: { site: Site; token: string; problem: Problem | undefined }) => (
  <form class="card stack" method="post" action={siteAt(site.site_id, '/settings')}>
    <h2>Site</h2>
    <Problems {...problem} />
    <input type="hidden" name="token" value={token} />
    <input type="hidden" name="version" value={etagOf(site)} />
    <Field id="site_name" label="Name" hint="It appears in every webhook as site_name.">
      <input id="site_name" name="site_name" required maxlength={200} value={site.site_name} />
    </Field>
    <OriginsField origins={site.origins} />
    <Field id="retention_days" label="Keep records for days" hint="Events, deliveries and their answers; counts stay.">
      <input
        id="retention_days"
        name="retention_days"
        type="number"
        required
        min={1}
        max={RETENTION_DAYS_MAX}
        value={site.settings.retention_days}
      />
    </Field>
    <Field
      id="shards"
      label="Shards"
      hint="One carries hundreds of events a second. They can be added, not taken away."
    >
      <input
        id="shards"
        name="shards"
        type="number"
        required
        min={site.settings.shards}
        max={SHARDS_MAX}
        value={site.settings.shards}
      />
    </Field>
    <fieldset class="checks">
      <legend>Security</legend>
      <label>
        <input type="checkbox" name="require_proof" checked={site.settings.require_proof} />
        <span>
          Demand proof of profiles
          <small>Events with a user_profile_id are taken only with a proof made by your server.</small>
        </span>
      </label>
    </fieldset>
    <div class="actions">
      <button type="submit">Save</button>
      <span class="quiet">
        Site ID <code>{site.site_id}</code>
      </span>
    </div>
  </form>
);
