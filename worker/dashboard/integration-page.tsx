// One integration: how it does, a test send, its settings, a new secret, switching it off and on, deleting it, and how
// its receiver checks signatures. Owns the page and its forms; the rules are the Directory's.
import { Hono } from 'hono';
import { directoryOf } from '../bindings.ts';
import { type Integration, IntegrationPatch } from '../config.ts';
import { etagOf } from '../etag.ts';
import { forgetSite, readSite } from '../site.ts';
import { checkForm, explain, readFields } from './form.ts';
import { type Entered, enteredOf, IntegrationFields, readIntegration } from './integration-form.tsx';
import { ErrorPage, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Done, Problems, State } from './parts.tsx';
import { VerifyCode } from './verify-code.tsx';

export const integrationPage = new Hono<Page>();
const PATH = '/:site_id/integrations/:integration_id';

type Problem = Omit<ReturnType<typeof explain>, 'status'>;
type More = { entered?: Entered; problem?: Problem; status?: 200 | 404 | 409 | 422 };

integrationPage.get(PATH, (c) => page(c));

integrationPage.post(PATH, async (c) => {
  const { site_id, integration_id } = c.req.param();
  const form = await readFields(c);
  const { entered, input } = readIntegration(form);
  const patch = checkForm(IntegrationPatch, input);
  const directory = directoryOf(c.env);
  const saved = patch.ok
    ? await directory.patchIntegration(site_id, integration_id, patch.value, form.text('version'))
    : patch;
  forgetSite(site_id);
  if (saved.ok) return c.redirect(at(site_id, integration_id, '?done=saved'), 303);
  const { status, ...problem } = explain(saved.reason);
  return page(c, { entered, problem, status });
});

integrationPage.post(`${PATH}/switch`, async (c) => {
  const { site_id, integration_id } = c.req.param();
  const enabled = (await readFields(c)).on('enabled');
  forgetSite(site_id);
  const switched = await directoryOf(c.env).patchIntegration(site_id, integration_id, { enabled });
  if (switched.ok) return c.redirect(at(site_id, integration_id, `?done=${enabled ? 'enabled' : 'disabled'}`), 303);
  const { status, ...problem } = explain(switched.reason);
  return page(c, { problem, status });
});

integrationPage.post(`${PATH}/delete`, async (c) => {
  const { site_id, integration_id } = c.req.param();
  await directoryOf(c.env).deleteIntegration(site_id, integration_id);
  forgetSite(site_id);
  return c.redirect(siteAt(site_id, '/integrations?done=integration-deleted'), 303);
});

const at = (siteId: string, id: string, rest = '') => siteAt(siteId, `/integrations/${id}${rest}`);

async function page(c: PageContext, { status = 200, ...more }: More = {}) {
  const { site_id = '', integration_id = '' } = c.req.param() as Record<string, string>;
  const [site, integration] = await Promise.all([
    readSite(c.env, site_id, c.var.now),
    directoryOf(c.env).getIntegration(site_id, integration_id),
  ]);
  if (!site || !integration.ok) return show(c, <ErrorPage title="There is no such integration" />, 404);
  const frame = { site, who: c.var.who, token: c.var.token, done: c.req.query('done') };
  return show(c, <IntegrationView {...frame} {...more} integration={integration.value} />, status);
}

type Props = SiteFrame & More & { integration: Integration; done: string | undefined };
const IntegrationView = ({ integration, entered, problem, done, ...frame }: Props) => {
  const { integration_id, site_id, name, enabled, disabled_reason } = integration;
  const post = (rest: string) => ({ method: 'post' as const, action: at(site_id, integration_id, rest) });
  const token = <input type="hidden" name="token" value={frame.token} />;
  return (
    <SiteLayout {...frame} title={name} tab="integrations" narrow>
      <Done done={done} />
      <div class="head">
        <h1>{name}</h1>
        {!enabled && <State state="disabled" />}
      </div>
      {!enabled && (
        <p class="notice" data-tone="warn">
          {disabled_reason} Its events are recorded as skipped.
        </p>
      )}
      <form class="card stack" {...post('')}>
        <h2>Settings</h2>
        <Problems {...problem} />
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
      <VerifyCode />
      <section class="card danger stack">
        <h2>{enabled ? 'Switch off or delete' : 'Switch on or delete'}</h2>
        <div class="actions">
          <form {...post('/switch')}>
            {token}
            {!enabled && <input type="hidden" name="enabled" value="on" />}
            <button type="submit" class="second">
              {enabled ? 'Switch off' : 'Switch on'}
            </button>
          </form>
          <form {...post('/delete')} data-confirm={`Delete ${name}? What is pending for it is not sent.`}>
            {token}
            <button type="submit" class="danger">
              Delete
            </button>
          </form>
        </div>
      </section>
    </SiteLayout>
  );
};
