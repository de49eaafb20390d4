// Stands before every page: sets the headers, finds out who asks, and refuses forms that did not come from our own
// pages. A form passes when the browser says so (Sec-Fetch-Site, or Origin where it is missing) and it carries the
// session's token; either alone would do against known attacks.
import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { directoryOf } from '../bindings.ts';
import { FORM_BYTES_MAX, SESSION_MS } from '../limits.ts';
import { sameText } from '../sign.ts';
import { ErrorPage } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { formToken, openSession, sealSession, type Who } from './session.ts';

const COOKIE = 'hubwire_session';

/** Nothing but our own style, script, images and answers; no frame, no other host. */
export const manners = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // "no-referrer" would make browsers send `Origin: null` with our own forms.
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
});

/** Lets the browser in as `who`; `until` in ms, at most a week from now. */
export function signInAs(c: PageContext, who: Who, until: number): void {
  const end = Math.min(until, c.var.now + SESSION_MS);
  setCookie(c, COOKIE, sealSession({ who, until: end }, c.env.ADMIN_TOKEN ?? ''), {
    ...cookieOptions(c),
    expires: new Date(end),
  });
}

export const signOut = (c: PageContext) => setCookie(c, COOKIE, '', { ...cookieOptions(c), maxAge: 0 });

const cookieOptions = (c: PageContext) => ({
  path: '/dashboard',
  httpOnly: true,
  sameSite: 'Strict' as const,
  secure: new URL(c.req.url).protocol === 'https:',
});

/** Who the cookie says is asking, still allowed in; null for a stranger. */
export async function whoAsks(c: PageContext): Promise<Who | null> {
  const sealed = getCookie(c, COOKIE);
  if (!sealed || !c.env.ADMIN_TOKEN) return null;
  const session = openSession(sealed, c.env.ADMIN_TOKEN, c.var.now);
  if (!session) return null;
  const { who } = session;
  const alive = who.role === 'admin' || (await directoryOf(c.env).access.isViewLinkAlive(who.link_id));
  if (alive) c.set('token', formToken(sealed, c.env.ADMIN_TOKEN));
  return alive ? who : null;
}

/** Strangers are shown the way in; a viewer sees its own site and nothing else, and changes nothing. */
export const guard = createMiddleware<Page>(async (c, next) => {
  const who = await whoAsks(c);
  if (!who) return c.redirect(`/dashboard/sign-in?to=${encodeURIComponent(pathOf(c))}`, 303);
  c.set('who', who);
  if (who.role === 'viewer') {
    const own = siteAt(who.site_id);
    const inside = c.req.path === own || c.req.path.startsWith(`${own}/`);
    if (!inside && c.req.path === '/dashboard') return c.redirect(own, 303);
    if (!inside || !isReading(c)) return show(c, <ErrorPage title="This link shows one site" />, 403);
  }
  return next();
});

/** For pages that hold or change settings. */
export const adminOnly = createMiddleware<Page>(async (c, next) =>
  c.var.who.role === 'admin' ? next() : show(c, <ErrorPage title="This link shows, and changes nothing" />, 403),
);

/** Refuses what another site made the browser send, and what is no form. */
export const ownForms = createMiddleware<Page>(async (c, next) => {
  if (isReading(c)) return next();
  const from = c.req.header('sec-fetch-site');
  const own = from ? from === 'same-origin' : c.req.header('origin') === new URL(c.req.url).origin;
  const small = Number(c.req.header('content-length') ?? Number.POSITIVE_INFINITY) <= FORM_BYTES_MAX;
  if (!own || !small) return show(c, <ErrorPage title="This form did not come from the dashboard" />, 403);
  const readable = await c.req.parseBody().then(
    () => true,
    () => false,
  );
  return readable ? next() : show(c, <ErrorPage title="This form can't be read" />, 422);
});

/** The token of the session, in each form behind the sign-in. */
export const ownTokens = createMiddleware<Page>(async (c, next) => {
  if (isReading(c)) return next();
  const { token } = await c.req.parseBody();
  if (typeof token === 'string' && sameText(token, c.var.token)) return next();
  return show(c, <ErrorPage title="This form is from an earlier sign-in" />, 403);
});

const isReading = (c: PageContext) => c.req.method === 'GET' || c.req.method === 'HEAD';
const pathOf = (c: PageContext) => {
  const { pathname, search } = new URL(c.req.url);
  return isReading(c) ? pathname + search : '/dashboard';
};
