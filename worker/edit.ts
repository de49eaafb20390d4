// What a new site or integration looks like, and what a change makes of one: the rules of configuration, pure. The
// Directory keeps the result; endpoint.ts judges URLs; config.ts has already checked the shapes.
import {
  type Integration,
  type IntegrationInput,
  type IntegrationPatch,
  Settings,
  type Site,
  type SiteInput,
  type SitePatch,
} from './config.ts';
import { checkEndpoint, type EndpointRules, explainRefusal } from './endpoint.ts';
import { SCHEDULE_DEFAULT_S, ZAPIER_PER_SECOND } from './limits.ts';
import type { Reject } from './reject.ts';
import { type Fail, fail, ok, type Result } from './result.ts';

const ENABLED = { disabled_at: null, disabled_reason: null };
const BY_ADMIN = 'Disabled by an admin.';

export const invalid = (path: string, message: string): Fail<Reject> =>
  fail({ tag: 'invalid', issues: [{ path, message }] });

/** `now` in ISO 8601, here and below. */
export function newSite(site_id: string, { site_name, origins, settings }: SiteInput, now: string): Site {
  return {
    site_id,
    site_name,
    origins,
    settings: Settings.parse(settings ?? {}),
    earlier_shards: [],
    created_at: now,
    updated_at: now,
  };
}

export function editSite(site: Site, { settings, ...rest }: SitePatch, now: string): Result<Site, Reject> {
  const { shards, jurisdiction } = site.settings;
  if ((settings?.shards ?? shards) < shards) return invalid('settings.shards', 'Shards can be added, not taken away.');
  if (settings?.jurisdiction !== undefined && settings.jurisdiction !== jurisdiction)
    return invalid('settings.jurisdiction', 'The jurisdiction is chosen when the site is created.');
  const changed = { ...site.settings, ...defined(settings ?? {}) };
  const more = changed.shards > shards ? [{ shards, until: now }] : [];
  const earlier_shards = [...site.earlier_shards, ...more];
  return ok({ ...site, ...defined(rest), settings: changed, earlier_shards, updated_at: now });
}

type Of = { integration_id: string; site_id: string };

/** Headers and secrets are filled in by whoever keeps them: vault.ts. */
export function newIntegration(
  { integration_id, site_id }: Of,
  { name, url, triggers, schedule_seconds, max_per_second, enabled = true }: IntegrationInput,
  rules: EndpointRules,
  now: string,
): Result<Integration, Reject> {
  const checked = checkUrl(url, rules);
  if (!checked.ok) return checked;
  return ok({
    integration_id,
    site_id,
    name,
    url: checked.value,
    triggers,
    schedule_seconds: schedule_seconds ?? [...SCHEDULE_DEFAULT_S],
    headers: {},
    secrets: [],
    max_per_second: max_per_second === undefined ? usualPace(checked.value) : max_per_second,
    enabled,
    ...(enabled ? ENABLED : { disabled_at: now, disabled_reason: BY_ADMIN }),
    created_at: now,
    updated_at: now,
  });
}

export function editIntegration(
  integration: Integration,
  { headers: _, ...patch }: IntegrationPatch,
  rules: EndpointRules,
  now: string,
): Result<Integration, Reject> {
  const checked = checkUrl(patch.url ?? integration.url, rules);
  if (!checked.ok) return checked;
  const edited = { ...integration, ...defined(patch), url: checked.value, updated_at: now };
  if (patch.max_per_second === null) edited.max_per_second = null;
  if (patch.enabled === undefined || patch.enabled === integration.enabled) return ok(edited);
  return ok({ ...edited, ...(patch.enabled ? ENABLED : { disabled_at: now, disabled_reason: BY_ADMIN }) });
}

const usualPace = (url: string) => (new URL(url).hostname === 'hooks.zapier.com' ? ZAPIER_PER_SECOND : null);

function checkUrl(text: string, rules: EndpointRules): Result<string, Reject> {
  const checked = checkEndpoint(text, rules);
  return checked.ok ? ok(checked.value.href) : invalid('url', explainRefusal(checked.reason));
}

const defined = <T extends object>(patch: T) =>
  Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
