// What every page of the dashboard knows of its request, and how it is sent.
// Owns the ETag that lets the live script ask "is there news?" for the price of an empty answer.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { Env } from '../bindings.ts';
import { etagOf } from '../etag.ts';
import type { Who } from './session.ts';

export type Page = {
  Bindings: Env;
  Variables: {
    /** When the request came in, ms. */
    now: number;
    who: Who;
    /** The token of every form. */
    token: string;
  };
};
export type PageContext = Context<Page>;

/** The page as HTML, kept by no browser: it shows secrets and people's data. 304 where the live script has the same. */
export function show(c: PageContext, content: Child, status: 200 | 201 | 401 | 403 | 404 | 409 | 422 | 429 = 200) {
  const html = `<!doctype html>${content}`;
  const etag = etagOf({ html });
  const headers = { 'cache-control': 'private, no-store', etag };
  if (status === 200 && c.req.header('if-none-match') === etag) return c.body(null, 304, headers);
  return c.html(html, status, headers);
}

/** `query`: without the leading "?". */
export const siteAt = (siteId: string, rest = '', query = '') =>
  `/dashboard/sites/${siteId}${rest}${query && `?${query}`}`;

/** Where this collector answers: it may not be an endpoint of its own. */
export const hostOf = (c: PageContext): string => new URL(c.req.url).host;
