// The forms of a site's settings: what it is, links for people who only look, erasing a person, deleting the site.
// Changes carry the version that was shown, so that nobody overwrites what somebody else has changed meanwhile.
import { Hono } from 'hono';
import { ViewLinkInput } from '../access-links.ts';
import { directoryOf } from '../bindings.ts';
import { SitePatch } from '../config.ts';
import { Guid } from '../guid.ts';
import { PAGE_LIMIT_MAX } from '../limits.ts';
import type { Reject } from '../reject.ts';
import { ok, type Result } from '../result.ts';
import { changing } from '../site.ts';
import { refuseDeletion } from './delete-form.tsx';
import { checkForm, explain, readFields } from './form.ts';
import { NoSuch } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { type More, SettingsPage } from './settings-view.tsx';

export const settings = new Hono<Page>();
const PATH = '/:site_id/settings';

settings.get(PATH, (c) => page(c));

settings.post(PATH, async (c) => {
  const form = await readFields(c);
  const siteId = c.req.param('site_id');
  const edited = {
    site_name: form.text('site_name'),
    origins: form.lines('origins'),
    settings: {
      retention_days: Number(form.text('retention_days')),
      shards: Number(form.text('shards')),
      require_proof: form.on('require_proof'),
      asymmetric: form.on('asymmetric'),
    },
  };
  const patch = checkForm(SitePatch, edited);
  const saved = patch.ok
    ? await changing(siteId, directoryOf(c.env).patchSite(siteId, patch.value, form.text('version')))
    : patch;
  if (saved.ok) return c.redirect(siteAt(siteId, '/settings?done=saved'), 303);
  const { status, ...problem } = explain(saved.reason);
  return page(c, { at: 'site', edited, problem, status });
});

settings.post(`${PATH}/links`, async (c) => {
  const form = await readFields(c);
  const typed = { name: form.text('name'), days: form.text('days') };
  const input = checkForm(ViewLinkInput, { name: typed.name, expires_in_days: Number(typed.days) });
  const siteId = c.req.param('site_id');
  const made = input.ok ? await directoryOf(c.env).access.createViewLink(siteId, input.value) : input;
  if (made.ok) return page(c, { link: new URL(made.value.path, c.req.url).href });
  const { status, ...problem } = explain(made.reason);
  return page(c, { at: 'links', typed, problem, status });
});

settings.post(`${PATH}/links/:link_id/revoke`, async (c) => {
  const { site_id, link_id } = c.req.param();
  const revoked = await directoryOf(c.env).access.revokeViewLink(site_id, link_id);
  if (!revoked.ok) return show(c, <NoSuch what="link" />, 404);
  return c.redirect(siteAt(site_id, '/settings?done=revoked'), 303);
});

settings.post(`${PATH}/erase`, async (c) => {
  const person = (await readFields(c)).text('person');
  const id = checkForm(Guid, person);
  const siteId = c.req.param('site_id');
  const erased = id.ok ? await eraseEverywhere(c, siteId, id.value) : id;
  if (erased.ok) return page(c, { erased: erased.value });
  const { status, ...problem } = explain(erased.reason);
  return page(c, { at: 'erase', typed: { person }, problem, status });
});

/** A profile or a session: whoever asks for erasure need not know which of the two an id is. */
async function eraseEverywhere(c: PageContext, siteId: string, id: string): Promise<Result<number, Reject>> {
  const directory = directoryOf(c.env);
  const profile = await directory.erase(siteId, { profile: id });
  if (!profile.ok) return profile;
  const session = await directory.erase(siteId, { session: id });
  return session.ok ? ok(profile.value.events + session.value.events) : session;
}

settings.post(`${PATH}/delete`, async (c) => {
  const siteId = c.req.param('site_id');
  const site = await directoryOf(c.env).getSite(siteId);
  const refused = site.ok && (await refuseDeletion(c, 'site', site.value.site_name));
  const deleted = refused || (await changing(siteId, directoryOf(c.env).deleteSite(siteId)));
  if (deleted.ok) return c.redirect('/dashboard/sites?done=site-deleted', 303);
  const { status, ...problem } = explain(deleted.reason);
  return page(c, { at: 'delete', problem, status });
});

async function page(c: PageContext, { status = 200, ...more }: More = {}) {
  const siteId = c.req.param('site_id') ?? '';
  const directory = directoryOf(c.env);
  const [site, links] = await Promise.all([
    directory.getSite(siteId),
    directory.access.listViewLinks(siteId, PAGE_LIMIT_MAX, null),
  ]);
  if (!site.ok || !links.ok) return show(c, <NoSuch what="site" />, 404);
  const frame = { who: c.var.who, token: c.var.token, done: c.req.query('done') };
  return show(c, <SettingsPage {...frame} {...more} site={site.value} links={links.value} />, status);
}
