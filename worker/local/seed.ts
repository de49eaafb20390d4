// Makes the demo's site and integration, through the admin API like any other client.
// Owns being idempotent: what exists is kept with the user's changes, only the demo's own addresses follow its port.
// The integration's secret is told once, at creation; it is kept in the data folder, and where it was lost (a kill in
// between) it is rotated.
// Trade-off: a demo site that the user deleted is made anew at the next start; DEMO=false leaves it alone.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import { type AdminApi, adminApi } from './admin-api.ts';
import { keepFile } from './keep-file.ts';
import { DEMO_SCHEDULE_S, PUBLISH_POLL_MS, PUBLISH_WAIT_MS } from './limits.ts';

export const DEMO_SITE_ID = '2d5776b8-158a-4216-aaa1-edbc249e005b';
const DEMO_INTEGRATION_ID = 'e772b5f1-47f4-4c43-ac01-8ef81990fa7d';
const TRIGGERS = ['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError'];

/** What the data folder remembers of the demo. */
const Kept = z.object({ secret: z.string().optional(), origins: z.array(z.string()) });
type Kept = z.infer<typeof Kept>;

const Site = z.object({ origins: z.array(z.string()) });
const Integration = z.object({ url: z.string() });
const Secret = z.object({ secret: z.string() });

export type SeedResult = { ok: true; secret: string } | { ok: false; problem: string };

/** Sets up the demo and gives the secret its receiver verifies with, or says what stood in the way. */
export async function seedDemo(at: {
  dataDir: string;
  url: string;
  adminToken: string;
  demoUrl: string;
  readPublished: (siteId: string) => Promise<unknown>;
}): Promise<SeedResult> {
  const file = join(at.dataDir, 'demo.json');
  const kept = readKept(file);
  const api = adminApi(at.url, at.adminToken);
  try {
    // Both names of this machine: people type either.
    const origins = [at.demoUrl, at.demoUrl.replace('//127.0.0.1:', '//localhost:')];
    await seedSite(api, [...new Set(origins)], kept.origins);
    const secret = (await seedIntegration(api, `${at.demoUrl}/webhook`, kept.secret !== undefined)) ?? kept.secret;
    await untilPublished(at.readPublished, at.demoUrl);
    if (secret === undefined) return { ok: false, problem: 'The demo has no secret.' };
    keepFile(file, `${JSON.stringify({ secret, origins } satisfies Kept)}\n`);
    return { ok: true, secret };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, problem: `The demo could not be set up: ${detail}` };
  }
}

async function seedSite(api: AdminApi, origins: string[], formerOrigins: string[]): Promise<void> {
  const path = `/v1/sites/${DEMO_SITE_ID}`;
  const found = await api.find(path);
  if (found === null) {
    await api.call('POST', '/v1/sites', { site_id: DEMO_SITE_ID, site_name: 'My site', origins });
    return;
  }
  const site = Site.parse(found);
  const wanted = [...site.origins.filter((origin) => !formerOrigins.includes(origin)), ...origins];
  const union = [...new Set(wanted)];
  if (union.length !== site.origins.length || union.some((origin) => !site.origins.includes(origin))) {
    await api.call('PATCH', path, { origins: union });
  }
}

/** The edge follows the configuration a moment later; until then it would refuse the page of whoever was quick. */
async function untilPublished(readPublished: (siteId: string) => Promise<unknown>, origin: string): Promise<void> {
  const end = Date.now() + PUBLISH_WAIT_MS;
  while (Date.now() < end) {
    const site = Site.safeParse(await readPublished(DEMO_SITE_ID));
    if (site.success && site.data.origins.includes(origin)) return;
    await wait(PUBLISH_POLL_MS);
  }
}

/** Gives a new secret if there is one. */
async function seedIntegration(api: AdminApi, url: string, secretKnown: boolean): Promise<string | undefined> {
  const all = `/v1/sites/${DEMO_SITE_ID}/integrations`;
  const path = `${all}/${DEMO_INTEGRATION_ID}`;
  const found = await api.find(path);
  if (found === null) {
    const made = await api.call('POST', all, {
      integration_id: DEMO_INTEGRATION_ID,
      name: 'Demo receiver',
      url,
      triggers: TRIGGERS,
      schedule_seconds: DEMO_SCHEDULE_S,
    });
    return Secret.parse(made).secret;
  }
  if (Integration.parse(found).url !== url) await api.call('PATCH', path, { url });
  return secretKnown ? undefined : Secret.parse(await api.call('POST', `${path}/rotate`)).secret;
}

/** Re-enables the demo integration, which a 410 has disabled; says what stood in the way, if anything did. */
export async function enableDemo(url: string, adminToken: string): Promise<string | null> {
  const path = `/v1/sites/${DEMO_SITE_ID}/integrations/${DEMO_INTEGRATION_ID}`;
  try {
    await adminApi(url, adminToken).call('PATCH', path, { enabled: true });
    return null;
  } catch (error) {
    return `The demo integration could not be enabled again: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function readKept(file: string): Kept {
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { origins: [] };
  }
}
