// The one writer of configuration: sites and integrations. A change is on disk before it is answered. Secrets are
// vault.ts's to make and keep, and bringing a change to lanes, journals and KV is publication.ts's: before the answer
// where that can be, else by the alarm.
import { DurableObject } from 'cloudflare:workers';
import { Access } from './access.ts';
import type { Env } from './bindings.ts';
import type {
  Integration,
  IntegrationInput,
  IntegrationPatch,
  PublicKeys,
  PublishedSite,
  Site,
  SiteInput,
  SitePatch,
} from './config.ts';
import { DirectoryTables } from './directory-tables.ts';
import { editIntegration, editSite, invalid, newIntegration, newSite } from './edit.ts';
import { type EndpointRules, isLoopback } from './endpoint.ts';
import { refuseStale } from './etag.ts';
import { INTEGRATIONS_MAX, OWN_HOSTS_MAX } from './limits.ts';
import { Marks } from './marks-tables.ts';
import { type DirectoryMarks, Publication } from './publication.ts';
import { publicKeys } from './publish.ts';
import type { Reject } from './reject.ts';
import { type Fail, fail, ok, type Result } from './result.ts';
import type { CreatedIntegration, CreatedSite, DirectoryRpc, Erased, Page, Whom } from './rpc.ts';
import { Vault } from './vault.ts';

const notFound = (what: string): Fail<Reject> => fail({ tag: 'not_found', what });

export class Directory extends DurableObject<Env> implements DirectoryRpc {
  readonly #tables = new DirectoryTables(this.ctx.storage);
  readonly #marks = new Marks<DirectoryMarks>(this.ctx.storage);
  readonly #vault = new Vault(this.ctx.storage, this.env.SECRETS_KEY);
  readonly #access = new Access(this.ctx.storage, this.env.ADMIN_TOKEN, (id) => this.#tables.site(id) !== null);
  readonly #out = new Publication(this.env, this.ctx.storage, this.#tables, this.#vault, this.#marks);

  constructor(context: DurableObjectState, env: Env) {
    super(context, env);
    this.#out.resealIfNeeded(Date.now());
  }

  get access(): Access {
    return this.#access;
  }

  override async alarm(): Promise<void> {
    await this.#out.run(Date.now);
  }

  async published(siteId: string): Promise<PublishedSite | null> {
    return this.#out.published(siteId);
  }

  async createSite(input: SiteInput): Promise<Result<CreatedSite, Reject>> {
    const id = input.site_id ?? crypto.randomUUID();
    await this.#out.finishClosing(id, Date.now);
    if (this.#tables.site(id)) return fail({ tag: 'conflict', what: 'site' });
    const site = newSite(id, input, new Date().toISOString());
    const proofSecret = this.#vault.addSite(id);
    if (!proofSecret.ok) return proofSecret;
    if (site.settings.asymmetric) this.#vault.ensurePair(id);
    this.#tables.addSite(site);
    await this.#bringOut(id);
    return ok({ ...site, proof_secret: proofSecret.value });
  }

  async listSites(limit: number, cursor: string | null): Promise<Page<Site>> {
    const rows = this.#tables.sites(Number(cursor ?? 0), limit + 1);
    return page(rows, limit, ({ site }) => site);
  }

  async getSite(siteId: string): Promise<Result<Site, Reject>> {
    return this.#site(siteId);
  }

  async patchSite(siteId: string, patch: SitePatch, ifMatch?: string): Promise<Result<Site, Reject>> {
    const kept = this.#site(siteId, ifMatch);
    if (!kept.ok) return kept;
    const site = editSite(kept.value, patch, new Date().toISOString());
    if (!site.ok) return site;
    const paired = site.value.settings.asymmetric ? this.#vault.ensurePair(siteId) : ok(null);
    if (!paired.ok) return paired;
    this.#tables.saveSite(site.value);
    await this.#bringOut(siteId);
    return site;
  }

  async deleteSite(siteId: string, ifMatch?: string): Promise<Result<null, Reject>> {
    const kept = this.#site(siteId, ifMatch);
    if (!kept.ok) return kept;
    this.#out.closeSite(kept.value, this.#tables.integrations(siteId), Date.now());
    this.#tables.removeSite(siteId);
    this.#vault.forgetSite(siteId);
    this.#access.forgetSite(siteId);
    return ok(null);
  }

  async createIntegration(
    siteId: string,
    input: IntegrationInput,
    host?: string,
  ): Promise<Result<CreatedIntegration, Reject>> {
    const { integration_id = crypto.randomUUID() } = input;
    await this.#out.finishClosing(integration_id, Date.now);
    if (!this.#tables.site(siteId)) return notFound('site');
    if (this.#tables.integration(integration_id)) return fail({ tag: 'conflict', what: 'integration' });
    if (this.#tables.integrations(siteId).length >= INTEGRATIONS_MAX)
      return invalid('', `A site has at most ${INTEGRATIONS_MAX} integrations.`);
    const ids = { integration_id, site_id: siteId };
    const integration = newIntegration(ids, input, this.#rules(host), new Date().toISOString());
    if (!integration.ok) return integration;
    const headers = this.#vault.setHeaders(siteId, integration_id, input.headers ?? {}, {});
    if (!headers.ok) return headers;
    const made = this.#vault.rotateSecret(siteId, integration_id, 0);
    if (!made.ok) return made;
    const created = { ...integration.value, headers: headers.value, secrets: made.value.secrets };
    this.#tables.addIntegration(created);
    await this.#bringOut(siteId);
    return ok({ ...created, secret: made.value.secret });
  }

  async listIntegrations(
    siteId: string,
    limit: number,
    cursor: string | null,
  ): Promise<Result<Page<Integration>, Reject>> {
    if (!this.#tables.site(siteId)) return notFound('site');
    const rows = this.#tables.integrations(siteId, Number(cursor ?? 0), limit + 1);
    return ok(page(rows, limit, ({ integration }) => integration));
  }

  async getIntegration(siteId: string, integrationId: string): Promise<Result<Integration, Reject>> {
    return this.#integration(siteId, integrationId);
  }

  async patchIntegration(
    siteId: string,
    integrationId: string,
    patch: IntegrationPatch,
    ifMatch?: string,
    host?: string,
  ): Promise<Result<Integration, Reject>> {
    const kept = this.#integration(siteId, integrationId, ifMatch);
    if (!kept.ok) return kept;
    const integration = editIntegration(kept.value, patch, this.#rules(host), new Date().toISOString());
    if (!integration.ok) return integration;
    const shown = kept.value.headers;
    const headers = patch.headers ? this.#vault.setHeaders(siteId, integrationId, patch.headers, shown) : ok(shown);
    if (!headers.ok) return headers;
    const changed = { ...integration.value, headers: headers.value };
    this.#tables.saveIntegration(changed);
    await this.#bringOut(siteId);
    return ok(changed);
  }

  async rotateSecret(
    siteId: string,
    integrationId: string,
    overlapS: number,
    ifMatch?: string,
  ): Promise<Result<CreatedIntegration, Reject>> {
    const kept = this.#integration(siteId, integrationId, ifMatch);
    if (!kept.ok) return kept;
    const made = this.#vault.rotateSecret(siteId, integrationId, overlapS);
    if (!made.ok) return made;
    const rotated = { ...kept.value, secrets: made.value.secrets, updated_at: new Date().toISOString() };
    this.#tables.saveIntegration(rotated);
    this.#out.expireAt(siteId, Date.now() + overlapS * 1_000);
    await this.#bringOut(siteId);
    return ok({ ...rotated, secret: made.value.secret });
  }

  async rotateKeys(siteId: string, overlapS: number): Promise<Result<PublicKeys, Reject>> {
    const site = this.#site(siteId);
    if (!site.ok) return site;
    if (!site.value.settings.asymmetric)
      return invalid('settings.asymmetric', 'This site does not sign with key pairs.');
    const rotated = this.#vault.rotatePair(siteId, overlapS);
    if (!rotated.ok) return rotated;
    this.#out.expireAt(siteId, Date.now() + overlapS * 1_000);
    await this.#bringOut(siteId);
    return ok(publicKeys(this.#vault.site(siteId).pairs, Date.now()));
  }

  async deleteIntegration(siteId: string, integrationId: string, ifMatch?: string): Promise<Result<null, Reject>> {
    const kept = this.#integration(siteId, integrationId, ifMatch);
    if (!kept.ok) return kept;
    const site = this.#site(siteId);
    if (!site.ok) return site;
    this.#tables.removeIntegration(integrationId);
    this.#vault.forgetIntegration(integrationId);
    this.#out.closeIntegration(site.value, kept.value, Date.now());
    await this.#bringOut(siteId);
    return ok(null);
  }

  async erase(siteId: string, who: Whom): Promise<Result<Erased, Reject>> {
    return this.#tables.site(siteId) ? ok(await this.#out.erase({ siteId, who }, Date.now())) : notFound('site');
  }

  /** A lane gave up for good; an integration that was changed since is given another chance. */
  async disableIntegration({ integration_id, updated_at, disabled_reason }: Integration): Promise<void> {
    const kept = this.#tables.integration(integration_id);
    if (!kept?.enabled || kept.updated_at !== updated_at) return;
    const now = new Date().toISOString();
    this.#tables.saveIntegration({ ...kept, enabled: false, disabled_at: now, disabled_reason, updated_at: now });
    this.#out.bringOutSoon(kept.site_id, Date.now());
  }

  /** `ifMatch`: the version that is meant, where the caller said. */
  #site(siteId: string, ifMatch?: string): Result<Site, Reject> {
    const site = this.#tables.site(siteId);
    return site ? (refuseStale(ifMatch, site, 'site') ?? ok(site)) : notFound('site');
  }

  #integration(siteId: string, integrationId: string, ifMatch?: string): Result<Integration, Reject> {
    const integration = this.#tables.integration(integrationId);
    if (integration?.site_id !== siteId) return notFound('integration');
    return refuseStale(ifMatch, integration, 'integration') ?? ok(integration);
  }

  #bringOut(siteId: string): Promise<void> {
    return this.#out.bringOut(siteId, Date.now);
  }

  /** `host`: a name of the collector, to be remembered; not loopback, whose ports are somebody else's tomorrow. */
  #rules(host = 'localhost'): EndpointRules {
    const known = this.#marks.get('own_hosts') ?? [];
    const isNew = !known.includes(host) && !isLoopback(host.replace(/:\d+$/, ''));
    const ownHosts = isNew ? [...known, host].slice(-OWN_HOSTS_MAX) : known;
    if (isNew) this.#marks.set('own_hosts', ownHosts);
    return { loopback: this.env.ALLOW_PRIVATE_ENDPOINTS === 'loopback', ownHosts };
  }
}

function page<Row extends { seq: number }, T>(rows: readonly Row[], limit: number, show: (row: Row) => T): Page<T> {
  const shown = rows.slice(0, limit);
  return { data: shown.map(show), next: rows.length > limit ? String(shown.at(-1)?.seq) : null };
}
