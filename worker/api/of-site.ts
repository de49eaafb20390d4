// What operations need of a site before they can ask its lanes: the site and its integrations, from the Directory.
import { directoryOf, type Env } from '../bindings.ts';
import type { Integration, Site } from '../config.ts';
import { INTEGRATIONS_MAX } from '../limits.ts';
import type { Reject } from '../reject.ts';
import { ok, type Result } from '../result.ts';

export async function siteWithIntegrations(
  env: Env,
  siteId: string,
): Promise<Result<{ site: Site; integrations: Integration[] }, Reject>> {
  const directory = directoryOf(env);
  const site = await directory.getSite(siteId);
  if (!site.ok) return site;
  const integrations = await directory.listIntegrations(siteId, INTEGRATIONS_MAX, null);
  return integrations.ok ? ok({ site: site.value, integrations: integrations.value.data }) : integrations;
}

export async function siteWithIntegration(
  env: Env,
  { site_id, integration_id }: { site_id: string; integration_id: string },
): Promise<Result<{ site: Site; integration: Integration }, Reject>> {
  const directory = directoryOf(env);
  const site = await directory.getSite(site_id);
  if (!site.ok) return site;
  const integration = await directory.getIntegration(site_id, integration_id);
  return integration.ok ? ok({ site: site.value, integration: integration.value }) : integration;
}
