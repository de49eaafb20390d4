// Brings changes of configuration out of the Directory: now where it can, else by the Directory's alarm, until it went
// through. Owns the duties that are left to do and their order; what is brought where is publish.ts. Changes are rare,
// so they take turns: none overtakes another on its way out.
import { Agenda } from './agenda-tables.ts';
import type { Env } from './bindings.ts';
import { closeDown, closingOf, closingOfFormer, forgetClosed } from './close-down.ts';
import type { Integration, PublishedSite, Site } from './config.ts';
import type { DirectoryTables, KeptIntegration } from './directory-tables.ts';
import { eraseEverywhere, NOTHING_ERASED } from './erase-everywhere.ts';
import { ERASE_AGAIN_MS, KV_WRITE_GAP_MS } from './limits.ts';
import type { Marks } from './marks-tables.ts';
import { configure, toPublished } from './publish.ts';
import type { Erased, Whom } from './rpc.ts';
import { publishSite } from './site.ts';
import type { Vault } from './vault.ts';

/** What is left to do, with all that is needed to do it once the site itself is gone. */
type Duty =
  | `${'erase' | 'publish' | 'expire' | 'close' | 'forget' | 'close-site' | 'close-lanes'} ${string}`
  | 'reseal';

/** `sealed_with`: the key of SECRETS_KEY that sealed everything; `own_hosts`: under which the collector was reached. */
export type DirectoryMarks = { sealed_with: string; own_hosts: string[] };

export class Publication {
  readonly #env: Env;
  readonly #tables: DirectoryTables;
  readonly #vault: Vault;
  readonly #marks: Marks<DirectoryMarks>;
  readonly #agenda: Agenda<Duty>;
  readonly #publishedAt = new Map<string, number>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    env: Env,
    storage: DurableObjectStorage,
    tables: DirectoryTables,
    vault: Vault,
    marks: Marks<DirectoryMarks>,
  ) {
    this.#env = env;
    this.#tables = tables;
    this.#vault = vault;
    this.#marks = marks;
    this.#agenda = new Agenda(storage);
  }

  /** For `alarm()`. */
  async run(now: () => number): Promise<void> {
    await this.#agenda.run(now, (duty) => this.#inTurn(() => this.#perform(duty, now)));
  }

  /** What readers of KV see of a site. */
  published(siteId: string): PublishedSite | null {
    const site = this.#tables.site(siteId);
    return site && toPublished(site, this.#vault.site(siteId), this.#tables.integrations(siteId));
  }

  /** A duty first, so that a change which can't be brought out now is brought out later. */
  async bringOut(siteId: string, now: () => number): Promise<void> {
    const duty: Duty = `publish ${siteId}`;
    this.#agenda.soon(duty, now() + KV_WRITE_GAP_MS);
    try {
      if ((await this.#inTurn(() => this.#perform(duty, now))) === null) this.#agenda.done(duty);
    } catch (error) {
      console.error(`${duty} failed; it will be done:`, error);
    }
  }

  /** Like `bringOut`, by the alarm. */
  bringOutSoon(siteId: string, now: number): void {
    this.#agenda.soon(`publish ${siteId}`, now);
  }

  /** A secret of the site ends at `at`: it is dropped then, everywhere. */
  expireAt(siteId: string, at: number): void {
    this.#agenda.soon(`expire ${siteId}`, at);
  }

  /** SECRETS_KEY begins with another key than the one that sealed what is there: everything is sealed anew. */
  resealIfNeeded(now: number): void {
    const { keyId } = this.#vault;
    if (keyId === null || keyId === this.#marks.get('sealed_with')) return;
    if (this.#vault.isEmpty) this.#marks.set('sealed_with', keyId);
    else this.#agenda.soon('reseal', now);
  }

  /** At once where that can be; what could not be done is repeated. */
  async erase(erasure: Erasure, now: number): Promise<Erased> {
    const duty: Duty = `erase ${JSON.stringify(erasure)}`;
    this.#agenda.soon(duty, now + ERASE_AGAIN_MS);
    const erased = await this.#erase(erasure).catch((error) => {
      console.error('an erasure is not complete; it will be repeated:', error);
    });
    if (erased) this.#agenda.done(duty);
    return { ...(erased ?? NOTHING_ERASED), complete: erased !== undefined };
  }

  async #erase({ siteId, who }: Erasure) {
    const site = this.#tables.site(siteId);
    return site ? eraseEverywhere(this.#env, site, this.#tables.integrations(siteId), who) : NOTHING_ERASED;
  }

  /** By the alarm, once the journals no longer follow: `bringOut` comes first. */
  closeIntegration(site: Site, { integration_id: id }: Integration, now: number): void {
    this.#agenda.soon(`close ${JSON.stringify(closingOf(site, id, [id]))}`, now + KV_WRITE_GAP_MS);
  }

  /** By the alarm. */
  closeSite(site: Site, integrations: readonly KeptIntegration[], now: number): void {
    const lanes = integrations.map(({ integration }) => integration.integration_id);
    this.#agenda.soon(`close ${JSON.stringify(closingOf(site, site.site_id, lanes))}`, now);
  }

  /** Before something is made under an id: what is left of an earlier life under it would take the new one along. */
  async finishClosing(id: string, now: () => number): Promise<void> {
    for (const kind of ['close', 'forget'])
      for (const duty of this.#agenda.duties) {
        if (!duty.startsWith(kind) || !duty.includes(id)) continue;
        await this.#inTurn(() => this.#perform(duty, now));
        this.#agenda.done(duty);
      }
  }

  async #perform(duty: Duty, now: () => number): Promise<number | null> {
    const [kind, about = ''] = duty.split(' ', 2);
    switch (kind) {
      case 'publish':
        return this.#publish(about, now());
      case 'expire': {
        const next = this.#vault.dropEnded(about);
        for (const { integration } of this.#tables.integrations(about))
          this.#tables.saveIntegration({ ...integration, secrets: this.#vault.secrets(integration.integration_id) });
        this.bringOutSoon(about, now());
        return next;
      }
      case 'reseal':
        return this.#reseal(now());
      case 'erase':
        await this.#erase(JSON.parse(about));
        return null;
      case 'close-site':
      case 'close-lanes':
        return this.#perform(`close ${JSON.stringify(closingOfFormer(kind, about))}`, now);
      case 'close':
        await closeDown(this.#env, JSON.parse(about));
        this.#agenda.soon(`forget ${about}`, now() + KV_WRITE_GAP_MS);
        return null;
      case 'forget':
        await forgetClosed(this.#env, JSON.parse(about));
        return null;
    }
    return null;
  }

  async #publish(siteId: string, now: number): Promise<number | null> {
    const site = this.#tables.site(siteId);
    if (!site) return null;
    const integrations = this.#tables.integrations(siteId);
    const credentials = ({ integration_id }: Integration) =>
      this.#vault.credentials(siteId, integration_id, site.settings.asymmetric);
    await configure(this.#env, site, integrations, credentials, this.#marks.get('own_hosts') ?? []);
    const next = (this.#publishedAt.get(siteId) ?? 0) + KV_WRITE_GAP_MS;
    if (now < next) return next;
    this.#publishedAt.set(siteId, now);
    await publishSite(this.#env, toPublished(site, this.#vault.site(siteId), integrations));
    return null;
  }

  async #reseal(now: number): Promise<null> {
    const { keyId } = this.#vault;
    const resealed = this.#vault.reseal();
    if (!resealed.ok || keyId === null) {
      console.error('not every secret could be sealed with the first key of SECRETS_KEY:', resealed);
      return null;
    }
    for (const siteId of resealed.value) this.bringOutSoon(siteId, now);
    this.#marks.set('sealed_with', keyId);
    console.warn('Every secret is now sealed with the first key of SECRETS_KEY; in an hour, drop the others.');
    return null;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

type Erasure = { siteId: string; who: Whom };
