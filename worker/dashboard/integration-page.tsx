// One integration: how it fares, a test send that shows the answer, its settings, switching it off and on, deleting it,
// and how its receiver checks signatures. Owns the forms; the page itself is integration-view.tsx.
import { Hono } from 'hono';
import * as z from 'zod';
import { catchUp, Health } from '../api/endpoints.ts';
import { directoryOf } from '../bindings.ts';
import { Integration, IntegrationPatch, Overlap } from '../config.ts';
import { ShownAttempt } from '../delivery.ts';
import { forgetSite } from '../site.ts';
import { refuseDeletion } from './delete-form.tsx';
import { readExamples } from './examples.tsx';
import { checkForm, explain, readFields } from './form.ts';
import { readIntegration } from './integration-form.tsx';
import { IntegrationView, type More } from './integration-view.tsx';
import { NoSuch } from './layout.tsx';
import { hostOf, type Page, type PageContext, show, siteAt } from './page.ts';
import { perform } from './perform.ts';
import { SecretPage } from './secret-page.tsx';
import { siteOf } from './site-of.ts';

export const integrationPage = new Hono<Page>();
const PATH = '/:site_id/integrations/:integration_id';

integrationPage.get(PATH, (c) => page(c));

integrationPage.post(PATH, async (c) => {
  const { site_id, integration_id } = c.req.param();
  const form = await readFields(c);
  const { entered, input } = readIntegration(form);
  const patch = checkForm(IntegrationPatch, input);
  const directory = directoryOf(c.env);
  const saved = patch.ok
    ? await directory.patchIntegration(site_id, integration_id, patch.value, form.text('version'), hostOf(c))
    : patch;
  forgetSite(site_id);
  if (saved.ok) return done(c, 'saved');
  const { status, ...problem } = explain(saved.reason);
  return page(c, { entered, problem, at: 'settings' }, status);
});

integrationPage.post(`${PATH}/test`, async (c) => {
  const Sent = ShownAttempt.extend({ body: z.string() });
  const sent = await perform(c, 'testIntegration', { params: c.req.param() }, Sent);
  if (sent.ok) return page(c, { sent: sent.value });
  const { status, ...problem } = explain(sent.reason);
  return page(c, { problem, at: 'test' }, status);
});

integrationPage.post(`${PATH}/rotate`, async (c) => {
  const query = (await readFields(c)).on('leaked') ? { overlap_seconds: 0 } : Overlap.parse({});
  const Rotated = Integration.extend({ secret: z.string() });
  const rotated = await perform(c, 'rotateSecret', { params: c.req.param(), query }, Rotated);
  if (!rotated.ok) {
    const { status, ...problem } = explain(rotated.reason);
    return page(c, { problem, at: 'rotate' }, status);
  }
  const found = await siteOf(c);
  if (!found) return show(c, <NoSuch what="site" />, 404);
  const frame = { site: found.site, who: c.var.who, token: c.var.token };
  return show(c, <SecretPage {...frame} title="A new secret" integration={rotated.value} />);
});

integrationPage.post(`${PATH}/enable`, async (c) => {
  const body = { catch_up: (await readFields(c)).on('catch_up') };
  const enabled = await perform(c, 'enableIntegration', { params: c.req.param(), body }, z.unknown());
  forgetSite(c.req.param('site_id'));
  if (enabled.ok) return done(c, 'enabled');
  const { status, ...problem } = explain(enabled.reason);
  return page(c, { problem, at: 'switch' }, status);
});

integrationPage.post(`${PATH}/disable`, async (c) => {
  const { site_id, integration_id } = c.req.param();
  const disabled = await directoryOf(c.env).patchIntegration(site_id, integration_id, { enabled: false });
  forgetSite(site_id);
  if (disabled.ok) return done(c, 'disabled');
  const { status, ...problem } = explain(disabled.reason);
  return page(c, { problem, at: 'switch' }, status);
});

integrationPage.post(`${PATH}/delete`, async (c) => {
  const { site_id, integration_id } = c.req.param();
  const found = await directoryOf(c.env).getIntegration(site_id, integration_id);
  const refused = found.ok && (await refuseDeletion(c, 'integration', found.value.name));
  const deleted = refused || (await directoryOf(c.env).deleteIntegration(site_id, integration_id));
  if (!deleted.ok) {
    const { status, ...problem } = explain(deleted.reason);
    return page(c, { problem, at: 'delete' }, status);
  }
  forgetSite(site_id);
  return c.redirect(siteAt(site_id, '/integrations?done=integration-deleted'), 303);
});

const done = (c: PageContext, what: string) => {
  const { site_id = '', integration_id } = c.req.param() as Record<string, string>;
  return c.redirect(siteAt(site_id, `/integrations/${integration_id}?done=${what}`), 303);
};

async function page(c: PageContext, more: More = {}, status: 200 | 404 | 409 | 422 = 200) {
  const found = await siteOf(c);
  const params = c.req.param() as Record<string, string>;
  const integration = found?.integrations.find((known) => known.integration_id === params.integration_id);
  const health = integration && (await perform(c, 'getIntegrationHealth', { params }, Health));
  if (!found || !integration || !health?.ok) return show(c, <NoSuch what="integration" />, 404);
  const frame = { site: found.site, who: c.var.who, token: c.var.token, done: c.req.query('done') };
  const missed = await catchUp(c.env, found.site, integration, integration.disabled_at, true);
  const known = {
    integration,
    health: health.value,
    missed: missed.ok ? missed.value.count : 0,
    examples: await readExamples(c, found, integration),
  };
  return show(c, <IntegrationView {...frame} {...more} {...known} />, status);
}
