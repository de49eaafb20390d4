// Configuration: what a site and an integration are, as the admin API takes them and as the Directory keeps them.
// The schema is the contract of section 7; unknown keys are refused aloud, so that a misspelt setting is noticed.
import * as z from 'zod';
import { EVENT_NAMES } from './event.ts';
import { Guid } from './guid.ts';
import { Headers } from './headers.ts';
import {
  MAX_PER_SECOND_MAX,
  NAME_CHARS_MAX,
  ORIGINS_MAX,
  OVERLAP_S_DEFAULT,
  OVERLAP_S_MAX,
  RETENTION_DAYS_DEFAULT,
  RETENTION_DAYS_MAX,
  SCHEDULE_DEFAULT_S,
  SCHEDULE_WAIT_S_MAX,
  SCHEDULE_WAIT_S_MIN,
  SCHEDULE_WAITS_MAX,
  SHARDS_MAX,
  URL_CHARS_MAX,
} from './limits.ts';

/**
 * `https://shop.example.com`, `https://*.example.com` (any subdomain, not the domain itself) or `*`; kept as browsers send
 * it, also where it was copied from an address bar or has letters beyond ASCII. A star elsewhere is refused:
 * `https://*example.com` would let in `https://evilexample.com`, and URLs do take a star in a host.
 */
const OriginPattern = z.string().transform((given, context) => {
  const origin = given === '*' ? given : originOf(given);
  if (origin !== null) return origin;
  context.addIssue({
    code: 'custom',
    message: 'must be an origin such as https://shop.example.com or https://*.example.com, without a path, or *',
  });
  return z.NEVER;
});

function originOf(given: string): string | null {
  const url = URL.parse(given.replace('://*.', '://a.'));
  if (!url || !/^https?:$/.test(url.protocol) || url.href !== `${url.origin}/`) return null;
  if (/[*]|\.$/.test(url.hostname)) return null;
  return given.includes('://*.') ? url.origin.replace('://a.', '://*.') : url.origin;
}

const Name = z.string().trim().min(1).max(NAME_CHARS_MAX);

export const Settings = z.strictObject({
  shards: z.int().min(1).max(SHARDS_MAX).default(1),
  retention_days: z.int().min(1).max(RETENTION_DAYS_MAX).default(RETENTION_DAYS_DEFAULT),
  require_proof: z.boolean().default(false),
  asymmetric: z.boolean().default(false),
  jurisdiction: z.literal('eu').nullable().default(null),
});
export type Settings = z.infer<typeof Settings>;

const SettingsInput = z.strictObject({
  shards: Settings.shape.shards.unwrap(),
  retention_days: Settings.shape.retention_days.unwrap(),
  require_proof: z.boolean(),
  asymmetric: z.boolean(),
  jurisdiction: z.literal('eu').nullable(),
});

/** `POST /v1/sites`. */
export const SiteInput = z.strictObject({
  site_id: Guid.optional(),
  site_name: Name,
  origins: z.array(OriginPattern).min(1).max(ORIGINS_MAX),
  settings: SettingsInput.partial().optional(),
});
export type SiteInput = z.infer<typeof SiteInput>;

/** `PATCH /v1/sites/:site_id`; what is absent stays. */
export const SitePatch = SiteInput.omit({ site_id: true }).partial();
export type SitePatch = z.infer<typeof SitePatch>;

/** A site as the API shows it; `proof_secret` only in the answer to its creation. */
export const Site = z.object({
  site_id: Guid,
  site_name: z.string(),
  origins: z.array(z.string()),
  settings: Settings,
  /** Numbers of shards that it had before, and until when: what is known of a person may still lie there. */
  earlier_shards: z.array(z.object({ shards: z.int(), until: z.iso.datetime() })).default([]),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Site = z.infer<typeof Site>;

const Triggers = z
  .array(z.enum(EVENT_NAMES))
  .min(1)
  .transform((names) => EVENT_NAMES.filter((name) => names.includes(name)));

/** `POST /v1/sites/:site_id/integrations`. `schedule_seconds`: the waits between attempts; `headers`: sent along. */
export const IntegrationInput = z.strictObject({
  integration_id: Guid.optional(),
  name: Name,
  url: z.string().max(URL_CHARS_MAX),
  triggers: Triggers,
  schedule_seconds: z
    .array(z.int().min(SCHEDULE_WAIT_S_MIN).max(SCHEDULE_WAIT_S_MAX))
    .max(SCHEDULE_WAITS_MAX)
    .optional(),
  headers: Headers.optional(),
  /** Deliveries a second at most; null: no limit but the connections. Default 30 for hooks.zapier.com, else null. */
  max_per_second: z.int().min(1).max(MAX_PER_SECOND_MAX).nullable().optional(),
  enabled: z.boolean().optional(),
});
export type IntegrationInput = z.infer<typeof IntegrationInput>;

/** `PATCH /v1/sites/:site_id/integrations/:integration_id`; what is absent stays. */
export const IntegrationPatch = IntegrationInput.omit({ integration_id: true }).partial();
export type IntegrationPatch = z.infer<typeof IntegrationPatch>;

/** An integration as the API shows it; `secret` only in the answer to its creation. */
export const Integration = z.object({
  integration_id: Guid,
  site_id: Guid,
  name: z.string(),
  url: z.string(),
  triggers: z.array(z.enum(EVENT_NAMES)),
  schedule_seconds: z.array(z.int()).default([...SCHEDULE_DEFAULT_S]),
  /** Values masked, for ever; a change that sends a mask back keeps the value. */
  headers: z.record(z.string(), z.string()),
  /** The secrets that sign now, newest first, masked. */
  secrets: z.array(
    z.object({ masked: z.string(), created_at: z.iso.datetime(), expires_at: z.iso.datetime().nullable() }),
  ),
  max_per_second: z.int().nullable().default(null),
  enabled: z.boolean(),
  disabled_at: z.iso.datetime().nullable().default(null),
  /** Why it is disabled, in words; null while it is enabled. */
  disabled_reason: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Integration = z.infer<typeof Integration>;

/** Query of a rotation: for how long what is replaced signs along. 0 where it has leaked. */
export const Overlap = z.strictObject({
  overlap_seconds: z.coerce.number().int().min(0).max(OVERLAP_S_MAX).default(OVERLAP_S_DEFAULT),
});

/** The public keys of a site's `v1a` signatures, as `/.well-known/hubwire/{site_id}.json` tells them. */
export const PublicKeys = z.object({
  keys: z.array(z.object({ kid: z.string(), alg: z.literal('ed25519'), public_key: z.string() })),
});
export type PublicKeys = z.infer<typeof PublicKeys>;

/** What is published to KV as `site:{site_id}`: all that the edge needs, and nothing that only a lane needs. */
export const PublishedSite = Site.extend({
  sealed_proof_secret: z.string(),
  /** Public keys of `v1a`, newest first; `expires_at` in ms. */
  keys: z.array(z.object({ kid: z.string(), public_key: z.string(), expires_at: z.number().nullable() })),
  integrations: z.array(Integration.pick({ integration_id: true, name: true, triggers: true, enabled: true })),
});
export type PublishedSite = z.infer<typeof PublishedSite>;
