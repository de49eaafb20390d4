// What pages need of a site before they can ask its objects: the site and its integrations, from the Directory.
import { siteWithIntegrations } from '../api/of-site.ts';
import type { Integration, Site } from '../config.ts';
import type { PageContext } from './page.ts';

export type Found = { site: Site; integrations: Integration[] };

/** Null where there is no such site. */
export async function siteOf(c: PageContext): Promise<Found | null> {
  const found = await siteWithIntegrations(c.env, c.req.param('site_id') ?? '');
  return found.ok ? found.value : null;
}
