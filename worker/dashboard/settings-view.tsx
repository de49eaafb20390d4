// The page of a site's settings, as a function of what is known of it. Its forms are answered by settings.tsx.
import type { ViewLink } from '../access-links.ts';
import type { Site } from '../config.ts';
import { etagOf } from '../etag.ts';
import { RETENTION_DAYS_MAX, SHARDS_MAX, VIEW_LINK_DAYS_DEFAULT, VIEW_LINK_DAYS_MAX } from '../limits.ts';
import { DeleteForm } from './delete-form.tsx';
import type { explain } from './form.ts';
import { LINK, PERSON, SITE } from './labels.ts';
import { type SiteFrame, SiteLayout } from './layout.tsx';
import { siteAt } from './page.ts';
import { Code, Done, Field, Table, Time } from './parts.tsx';
import { Problems } from './problems.tsx';
import { OriginsField } from './sites.tsx';
import { count } from './summary.ts';

type Problem = Omit<ReturnType<typeof explain>, 'status'>;
type Edited = Pick<Site, 'site_name' | 'origins'> & { settings: Omit<Site['settings'], 'jurisdiction'> };
/** What the form before this page has done, and which form it was. */
export type More = {
  at?: 'site' | 'links' | 'erase' | 'delete';
  problem?: Problem;
  /** What was typed into the form that was refused, to mend it there. */
  edited?: Edited;
  typed?: Partial<Record<'name' | 'days' | 'person', string>>;
  link?: string;
  erased?: number;
  status?: 200 | 404 | 409 | 422;
};

type Props = Omit<SiteFrame, 'site'> & More & { site: Site; links: ViewLink[]; done: string | undefined };
export const SettingsPage = ({ site, links, done, at, problem, edited, typed = {}, link, erased, ...frame }: Props) => (
  <SiteLayout {...frame} site={site} title="Settings" tab="settings" narrow>
    <Done done={done} />
    <h1>Settings</h1>
    <SiteForm site={site} edited={edited ?? site} token={frame.token} problem={at === 'site' ? problem : undefined} />
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
        <Field id="name" label={LINK.name}>
          <input id="name" name="name" required maxlength={200} placeholder="Marketing" value={typed.name} />
        </Field>
        <Field id="days" label={LINK.expires_in_days}>
          <input
            id="days"
            name="days"
            type="number"
            required
            min={1}
            max={VIEW_LINK_DAYS_MAX}
            value={typed.days ?? VIEW_LINK_DAYS_DEFAULT}
          />
        </Field>
        <button type="submit" class="second">
          Make a link
        </button>
      </form>
      {at === 'links' && <Problems {...problem} labels={LINK} />}
    </section>
    <form class="card stack" method="post" action={siteAt(site.site_id, '/settings/erase')}>
      <h2>Erase a person</h2>
      {at === 'erase' && <Problems {...problem} labels={PERSON} />}
      {erased !== undefined && (
        <p class="notice" data-tone="good" role="status">
          Erased: the content of {count(erased, 'event')}, here and in what is still to be sent. Counts stay.
        </p>
      )}
      <p class="lead">What was captured of a person is taken out of events, deliveries and records, for good.</p>
      <input type="hidden" name="token" value={frame.token} />
      <Field id="person" label={PERSON['']} hint="It stands in every webhook of that person.">
        <input id="person" name="person" required spellcheck={false} autocomplete="off" value={typed.person} />
      </Field>
      <div class="actions">
        <button type="submit" class="danger">
          Erase
        </button>
      </div>
    </form>
    <DeleteForm
      what="site"
      name={site.site_name}
      action={siteAt(site.site_id, '/settings/delete')}
      token={frame.token}
      problem={at === 'delete' ? problem : undefined}
    >
      Its integrations, events and records go with it, and what is pending is not sent. There is no way back.
    </DeleteForm>
  </SiteLayout>
);

const Links = ({ site, links, token }: { site: Site; links: ViewLink[]; token: string }) => (
  <Table
    caption="View-only links"
    columns={[['For', 'name'], 'Last used', 'Expires', ['Action', 'aside']]}
    rows={links.map(({ link_id, name, last_used_at, expires_at }) => [
      name,
      last_used_at ? <Time at={last_used_at} /> : 'never',
      <Time at={expires_at} />,
      <form method="post" action={siteAt(site.site_id, `/settings/links/${link_id}/revoke`)}>
        <input type="hidden" name="token" value={token} />
        <button type="submit" class="plain" aria-label={`Revoke the link for ${name}`}>
          Revoke
        </button>
      </form>,
    ])}
  />
);

type SiteFormProps = { site: Site; edited: Edited; token: string; problem: Problem | undefined };
const SiteForm = ({ site, edited: { site_name, origins, settings }, token, problem }: SiteFormProps) => (
  <form class="card stack" method="post" action={siteAt(site.site_id, '/settings')}>
    <h2>Site</h2>
    <Problems {...problem} labels={SITE} />
    <input type="hidden" name="token" value={token} />
    <input type="hidden" name="version" value={etagOf(site)} />
    <Field id="site_name" label={SITE.site_name} hint="It appears in every webhook as site_name.">
      <input id="site_name" name="site_name" required maxlength={200} value={site_name} />
    </Field>
    <OriginsField origins={origins} />
    <Field
      id="retention_days"
      label={SITE['settings.retention_days']}
      hint="Events, deliveries and their answers; counts stay."
    >
      <input
        id="retention_days"
        name="retention_days"
        type="number"
        required
        min={1}
        max={RETENTION_DAYS_MAX}
        value={settings.retention_days}
      />
    </Field>
    <Field
      id="shards"
      label={SITE['settings.shards']}
      hint="One carries hundreds of events a second. They can be added, not taken away."
    >
      <input
        id="shards"
        name="shards"
        type="number"
        required
        min={site.settings.shards}
        max={SHARDS_MAX}
        value={settings.shards}
      />
    </Field>
    <fieldset class="checks">
      <legend>Security</legend>
      <label>
        <input type="checkbox" name="require_proof" checked={settings.require_proof} />
        <span>
          Demand proof of profiles
          <small>Events with a user_profile_id are taken only with a proof made by your server.</small>
        </span>
      </label>
      <label>
        <input type="checkbox" name="asymmetric" checked={settings.asymmetric} />
        <span>
          Sign with a key pair too
          <small>
            Adds a v1a signature (Ed25519); receivers find the public key at{' '}
            <code>/.well-known/hubwire/{site.site_id}.json</code>.
          </small>
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
