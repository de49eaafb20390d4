// The one writer of configuration: sites and integrations. A change is on disk before it is answered, and reaches
// lanes, journals and KV before that too where it can; where it can't, the alarm brings it there later. Changes are
// rare, so they take turns: none overtakes another on its way out.
import { DurableObject } from 'cloudflare:workers';
import { Access } from './access.ts';
import { Agenda } from './agenda-tables.ts';
import type { CreatedIntegration, CreatedSite, DirectoryRpc, Env, Erased, Page, Whom } from './bindings.ts';
import type {
  Integration,
  IntegrationInput,
  IntegrationPatch,
  PublishedSite,
  Site,
  SiteInput,
  SitePatch,
} from './config.ts';
import { DirectoryTables, type KeptSite } from './directory-tables.ts';
import { editIntegration, editSite, invalid, newIntegration, newSite } from './edit.ts';
import type { EndpointRules } from './endpoint.ts';
import { eraseEverywhere, NOTHING_ERASED } from './erase-everywhere.ts';
import { refuseStale } from './etag.ts';
import { ERASE_AGAIN_MS, INTEGRATIONS_MAX, KV_WRITE_GAP_MS } from './limits.ts';
import { closeLanes, closeSite, configure, toPublished } from './publish.ts';
import type { Reject } from './reject.ts';
import { type Fail, fail, ok, type Result } from './result.ts';
import { newSecret } from './sign.ts';
import { publishSite } from './site.ts';

/** What is left to do, with all that is needed to do it once the site itself is gone. */
type Duty = `${'erase' | 'publish' | 'close-site' | 'close-lanes'} ${string}`;
const notFound = (what: string): Fail<Reject> => fail({ tag: 'not_found', what });

export class Directory extends DurableObject<Env> implements DirectoryRpc {
  readonly #tables = new DirectoryTables(this.ctx.storage);
  readonly #agenda = new Agenda<Duty>(this.ctx.storage);
  readonly #access = new Access(this.ctx.storage, this.env.ADMIN_TOKEN, (id) => this.#tables.site(id) !== null);
  #turn: Promise<unknown> = Promise.resolve();
  readonly #publishedAt = new Map<string, number>();

  get access(): Access {
    return this.#access;
  }

  override async alarm(): Promise<void> {
    await this.#agenda.run(Date.now, (duty) => this.#inTurn(() => this.#perform(duty)));
  }

  async published(siteId: string): Promise<PublishedSite | null> {
    const kept = this.#tables.site(siteId);
    return kept && toPublished(kept, this.#tables.integrations(siteId));
  }

  async createSite(input: SiteInput): Promise<Result<CreatedSite, Reject>> {
    const id = input.site_id ?? crypto.randomUUID();
    if (this.#tables.site(id)) return fail({ tag: 'conflict', what: 'site' });
    const site = newSite(id, input, new Date().toISOString());
    const kept: KeptSite = { site, proof_secret: newSecret((bytes) => crypto.getRandomValues(bytes)) };
    this.#tables.addSite(kept);
    await this.#bringOut(id);
    return ok({ ...site, proof_secret: kept.proof_secret });
  }

  async listSites(limit: number, cursor: string | null): Promise<Page<Site>> {
    const rows = this.#tables.sites(Number(cursor ?? 0), limit + 1);
    return page(rows, limit, ({ site }) => site);
  }

  async getSite(siteId: string): Promise<Result<Site, Reject>> {
    const kept = this.#tables.site(siteId);
    return kept ? ok(kept.site) : notFound('site');
  }

  async patchSite(siteId: string, patch: SitePatch, ifMatch?: string): Promise<Result<Site, Reject>> {
    const kept = this.#tables.site(siteId);
    if (!kept) return notFound('site');
    const stale = refuseStale(ifMatch, kept.site, 'site');
    if (stale) return stale;
    const site = editSite(kept.site, patch, new Date().toISOString());
    if (!site.ok) return site;
    this.#tables.saveSite(site.value);
    await this.#bringOut(siteId);
    return site;
  }

  async deleteSite(siteId: string, ifMatch?: string): Promise<Result<null, Reject>> {
    const kept = this.#tables.site(siteId);
    if (!kept) return notFound('site');
    const stale = refuseStale(ifMatch, kept.site, 'site');
    if (stale) return stale;
    for (const { integration } of this.#tables.integrations(siteId)) this.#closeLanes(kept.site, integration);
    this.#agenda.soon(`close-site ${JSON.stringify(placeOf(kept.site))}`, Date.now());
    this.#tables.removeSite(siteId);
    this.#access.forgetSite(siteId);
    return ok(null);
  }

  async createIntegration(siteId: string, input: IntegrationInput): Promise<Result<CreatedIntegration, Reject>> {
    if (!this.#tables.site(siteId)) return notFound('site');
    const { integration_id = crypto.randomUUID() } = input;
    if (this.#tables.integration(integration_id)) return fail({ tag: 'conflict', what: 'integration' });
    if (this.#tables.integrations(siteId).length >= INTEGRATIONS_MAX)
      return invalid('', `A site has at most ${INTEGRATIONS_MAX} integrations.`);
    const ids = { integration_id, site_id: siteId };
    const integration = newIntegration(ids, input, this.#rules, new Date().toISOString());
    if (!integration.ok) return integration;
    const secret = newSecret((bytes) => crypto.getRandomValues(bytes));
    this.#tables.addIntegration({ integration: integration.value, secret });
    await this.#bringOut(siteId);
    return ok({ ...integration.value, secret });
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
    const kept = this.#tables.integration(integrationId);
    return kept?.integration.site_id === siteId ? ok(kept.integration) : notFound('integration');
  }

  async patchIntegration(
    siteId: string,
    integrationId: string,
    patch: IntegrationPatch,
    ifMatch?: string,
  ): Promise<Result<Integration, Reject>> {
    const kept = await this.getIntegration(siteId, integrationId);
    if (!kept.ok) return kept;
    const stale = refuseStale(ifMatch, kept.value, 'integration');
    if (stale) return stale;
    const integration = editIntegration(kept.value, patch, this.#rules, new Date().toISOString());
    if (!integration.ok) return integration;
    this.#tables.saveIntegration(integration.value);
    await this.#bringOut(siteId);
    return integration;
  }

  async deleteIntegration(siteId: string, integrationId: string, ifMatch?: string): Promise<Result<null, Reject>> {
    const kept = await this.getIntegration(siteId, integrationId);
    const site = this.#tables.site(siteId);
    if (!kept.ok || !site) return notFound('integration');
    const stale = refuseStale(ifMatch, kept.value, 'integration');
    if (stale) return stale;
    this.#tables.removeIntegration(integrationId);
    this.#closeLanes(site.site, kept.value);
    await this.#bringOut(siteId);
    return ok(null);
  }

  /** Done when this answers, or noted down and repeated until it is done. */
  async erase(siteId: string, who: Whom): Promise<Result<Erased, Reject>> {
    if (!this.#tables.site(siteId)) return notFound('site');
    const duty: Duty = `erase ${JSON.stringify({ siteId, who })}`;
    this.#agenda.soon(duty, Date.now() + ERASE_AGAIN_MS);
    const erased = await this.#erase({ siteId, who }).catch((error) => {
      console.error('an erasure is not complete; it will be repeated:', error);
    });
    if (erased) this.#agenda.done(duty);
    return ok({ ...(erased ?? NOTHING_ERASED), complete: erased !== undefined });
  }

  async #erase({ siteId, who }: { siteId: string; who: Whom }) {
    const kept = this.#tables.site(siteId);
    return kept ? eraseEverywhere(this.env, kept.site, this.#tables.integrations(siteId), who) : NOTHING_ERASED;
  }

  /** A lane gave up for good; an integration that was changed since is given another chance. */
  async disableIntegration({ integration_id, updated_at, disabled_reason }: Integration): Promise<void> {
    const kept = this.#tables.integration(integration_id);
    if (!kept?.integration.enabled || kept.integration.updated_at !== updated_at) return;
    const now = new Date().toISOString();
    const disabled = { enabled: false, disabled_at: now, disabled_reason, updated_at: now };
    this.#tables.saveIntegration({ ...kept.integration, ...disabled });
    this.#agenda.soon(`publish ${kept.integration.site_id}`, Date.now());
  }

  /** A duty first, so that a change which can't be brought out now is brought out later. */
  async #bringOut(siteId: string): Promise<void> {
    const duty: Duty = `publish ${siteId}`;
    this.#agenda.soon(duty, Date.now() + KV_WRITE_GAP_MS);
    try {
      if ((await this.#inTurn(() => this.#perform(duty))) === null) this.#agenda.done(duty);
    } catch (error) {
      console.error(`${duty} failed; it will be done:`, error);
    }
  }

  async #perform(duty: Duty): Promise<number | null> {
    const [kind, about = ''] = duty.split(' ', 2);
    if (kind === 'publish') return this.#publish(about);
    if (kind === 'erase') return this.#erase(JSON.parse(about)).then(() => null);
    const { id, shards, jurisdiction } = JSON.parse(about) as Closing;
    await (kind === 'close-site' ? closeSite : closeLanes)(this.env, { jurisdiction }, id, shards);
    return null;
  }

  async #publish(siteId: string): Promise<number | null> {
    const kept = this.#tables.site(siteId);
    if (!kept) return null;
    const integrations = this.#tables.integrations(siteId);
    await configure(this.env, kept, integrations);
    const next = (this.#publishedAt.get(siteId) ?? 0) + KV_WRITE_GAP_MS;
    if (Date.now() < next) return next;
    this.#publishedAt.set(siteId, Date.now());
    await publishSite(this.env, toPublished(kept, integrations));
    return null;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #closeLanes(site: Site, { integration_id }: Integration): void {
    this.#agenda.soon(
      `close-lanes ${JSON.stringify({ ...placeOf(site), id: integration_id })}`,
      Date.now() + KV_WRITE_GAP_MS,
    );
  }

  get #rules(): EndpointRules {
    return { loopback: this.env.ALLOW_PRIVATE_ENDPOINTS === 'loopback' };
  }
}

type Closing = { id: string; shards: number; jurisdiction: 'eu' | null };
const placeOf = ({ site_id, settings: { shards, jurisdiction } }: Site): Closing => ({
  id: site_id,
  shards,
  jurisdiction,
});

function page<Row extends { seq: number }, T>(rows: readonly Row[], limit: number, show: (row: Row) => T): Page<T> {
  const shown = rows.slice(0, limit);
  return { data: shown.map(show), next: rows.length > limit ? String(shown.at(-1)?.seq) : null };
}
