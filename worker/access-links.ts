// Ways into the dashboard besides the admin token, as the API shows them: a code that signs in once, and view-only
// links to one site for people who read and change nothing. Owns shapes alone; what is kept of them is access-tables.ts.
// The secret part of either is told once, when it is made: of what is kept it can't be read back.
import * as z from 'zod';
import { Guid } from './guid.ts';
import { NAME_CHARS_MAX, VIEW_LINK_DAYS_DEFAULT, VIEW_LINK_DAYS_MAX } from './limits.ts';
import type { Reject } from './reject.ts';
import type { Result } from './result.ts';

/** The answer to `POST /v1/sign-in-links`; `path` is opened in a browser, once. */
export const SignInLink = z.object({ path: z.string(), expires_at: z.iso.datetime() });
export type SignInLink = z.infer<typeof SignInLink>;

/** `POST /v1/sites/:site_id/view-links`. `name`: whom it is for. */
export const ViewLinkInput = z.strictObject({
  name: z.string().trim().min(1).max(NAME_CHARS_MAX),
  expires_in_days: z.int().min(1).max(VIEW_LINK_DAYS_MAX).default(VIEW_LINK_DAYS_DEFAULT),
});
export type ViewLinkInput = z.infer<typeof ViewLinkInput>;

/** A link as it is listed. */
export const ViewLink = z.object({
  link_id: Guid,
  site_id: Guid,
  name: z.string(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
});
export type ViewLink = z.infer<typeof ViewLink>;

/** The only answer that holds the link itself, as a path of the collector. */
export const CreatedViewLink = ViewLink.extend({ path: z.string() });
export type CreatedViewLink = z.infer<typeof CreatedViewLink>;

export type SignInRefusal = 'wrong' | 'too_many';

/** Where a page of links ended; ms since 1970. */
export type LinkPlace = { created_at: number; link_id: string };

/** What the Directory promises of it by RPC. `client`: the address that tries. */
export interface AccessRpc extends Rpc.RpcTargetBranded {
  signIn(token: string, client: string): Promise<Result<true, SignInRefusal>>;
  createSignInLink(): Promise<SignInLink>;
  useSignInCode(code: string, client: string): Promise<Result<true, SignInRefusal>>;
  createViewLink(siteId: string, input: ViewLinkInput): Promise<Result<CreatedViewLink, Reject>>;
  /** Newest first, after the one at which a page ended. */
  listViewLinks(siteId: string, limit: number, after: LinkPlace | null): Promise<Result<ViewLink[], Reject>>;
  revokeViewLink(siteId: string, linkId: string): Promise<Result<null, Reject>>;
  openViewLink(secret: string, client: string): Promise<Result<ViewLink, SignInRefusal>>;
  isViewLinkAlive(linkId: string): Promise<boolean>;
}
