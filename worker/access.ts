// Who may come into the dashboard: checks the admin token, one-time codes and view-only links, and lets nobody guess
// for long. Reached by RPC as `directory.access`, because it has to be one place for all: a code works once, a revoked
// link at no edge. What the browser then carries is dashboard/session.ts. Trade-off: guesses are counted by client
// address, so people behind one address share the count. It never stops a link that is right: those are too long to be
// guessed, and an owner whom somebody's guesses lock out comes in by one (POST /v1/sign-in-links, or npm start's).
import { RpcTarget } from 'cloudflare:workers';
import { nanoid } from 'nanoid';
import type {
  AccessRpc,
  CreatedViewLink,
  LinkPlace,
  SignInLink,
  SignInRefusal,
  ViewLink,
  ViewLinkInput,
} from './access-links.ts';
import { AccessTables } from './access-tables.ts';
import {
  DAY_MS,
  SIGN_IN_CODE_MS,
  SIGN_IN_FAILURES_MAX,
  SIGN_IN_WINDOW_MS,
  TOKEN_CHARS,
  VIEW_LINK_NOTE_MS,
} from './limits.ts';
import type { Reject } from './reject.ts';
import { fail, ok, type Result } from './result.ts';
import { digest, sameText } from './sign.ts';

export class Access extends RpcTarget implements AccessRpc {
  readonly #tables: AccessTables;
  readonly #adminToken: string | undefined;
  readonly #hasSite: (siteId: string) => boolean;

  constructor(storage: DurableObjectStorage, adminToken: string | undefined, hasSite: (siteId: string) => boolean) {
    super();
    this.#tables = new AccessTables(storage);
    this.#adminToken = adminToken;
    this.#hasSite = hasSite;
  }

  /** Whether `token` is the admin token; `client` is the address that tries. */
  async signIn(token: string, client: string): Promise<Result<true, SignInRefusal>> {
    const expected = this.#adminToken;
    if (this.#hasGuessed(client)) return fail('too_many');
    return expected && sameText(token, expected) ? ok(true) : this.#wrong(client);
  }

  async createSignInLink(): Promise<SignInLink> {
    const now = Date.now();
    this.#tables.prune(now, now - SIGN_IN_WINDOW_MS);
    const code = nanoid(TOKEN_CHARS);
    this.#tables.addCode(digest(code), now + SIGN_IN_CODE_MS);
    return { path: `/dashboard/sign-in?code=${code}`, expires_at: new Date(now + SIGN_IN_CODE_MS).toISOString() };
  }

  async useSignInCode(code: string, client: string): Promise<Result<true, SignInRefusal>> {
    return this.#tables.useCode(digest(code), Date.now()) ? ok(true) : this.#wrong(client);
  }

  async createViewLink(
    siteId: string,
    { name, expires_in_days }: ViewLinkInput,
  ): Promise<Result<CreatedViewLink, Reject>> {
    if (!this.#hasSite(siteId)) return fail({ tag: 'not_found', what: 'site' });
    const now = Date.now();
    this.#tables.prune(now, now - SIGN_IN_WINDOW_MS);
    const secret = nanoid(TOKEN_CHARS);
    const link: ViewLink = {
      link_id: crypto.randomUUID(),
      site_id: siteId,
      name,
      created_at: new Date(now).toISOString(),
      expires_at: new Date(now + expires_in_days * DAY_MS).toISOString(),
      last_used_at: null,
    };
    this.#tables.addLink(digest(secret), link);
    return ok({ ...link, path: `/dashboard/view?link=${secret}` });
  }

  async listViewLinks(siteId: string, limit: number, after: LinkPlace | null): Promise<Result<ViewLink[], Reject>> {
    if (!this.#hasSite(siteId)) return fail({ tag: 'not_found', what: 'site' });
    return ok(this.#tables.links(siteId, Date.now(), limit, after));
  }

  async revokeViewLink(siteId: string, linkId: string): Promise<Result<null, Reject>> {
    return this.#tables.removeLink(siteId, linkId) ? ok(null) : fail({ tag: 'not_found', what: 'view link' });
  }

  /** The link that was opened with its secret. */
  async openViewLink(secret: string, client: string): Promise<Result<ViewLink, SignInRefusal>> {
    const link = this.#tables.link({ digest: digest(secret) }, Date.now());
    if (!link) return this.#wrong(client);
    this.#tables.noteUse(link.link_id, Date.now());
    return ok(link);
  }

  /** Whether a link that was opened before still opens its site. */
  async isViewLinkAlive(linkId: string): Promise<boolean> {
    const now = Date.now();
    const link = this.#tables.link({ link_id: linkId }, now);
    if (link && now - Date.parse(link.last_used_at ?? link.created_at) > VIEW_LINK_NOTE_MS)
      this.#tables.noteUse(linkId, now);
    return link !== null;
  }

  /** The site was deleted: should one of the same id be made again, old links don't open it. */
  forgetSite(siteId: string): void {
    this.#tables.removeLinks(siteId);
  }

  #hasGuessed(client: string): boolean {
    return this.#tables.failures(client, Date.now() - SIGN_IN_WINDOW_MS) >= SIGN_IN_FAILURES_MAX;
  }

  #wrong(client: string): Result<never, SignInRefusal> {
    if (this.#hasGuessed(client)) return fail('too_many');
    const now = Date.now();
    this.#tables.prune(now, now - SIGN_IN_WINDOW_MS);
    this.#tables.addFailure(client, now);
    return fail('wrong');
  }
}
