// Stands before every page: sets the headers, finds out who asks, and refuses forms that did not come from our own
// pages. A form passes when the browser says so (Sec-Fetch-Site, or Origin where it is missing) and it carries the
// session's token; either alone would do against known attacks.
import { getCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import { secureHeaders } from 'hono/secure-headers';
import { directoryOf } from '../bindings.ts';
import { FORM_BYTES_MAX, SESSION_MS } from '../limits.ts';
import { sameText } from '../sign.ts';
import { KeptForm, keepForm } from './kept-form.tsx';
import { ErrorPage } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { formToken, openSession, sealSession, type Who } from './session.ts';
import { SignInPage } from './sign-in-page.tsx';

/**
 * One for each role: a view-only link that is followed from a mail or a chat comes without the admin's (SameSite=Strict),
 * and must not take its place.
 */
const COOKIES = { admin: 'hubwire_session', viewer: 'hubwire_view' } as const;

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

/** Lets the browser in as `who`; `until` in ms, at most a week from now. The answer is the token of its forms. */
export function signInAs(c: PageContext, who: Who, until: number): string {
  const { ADMIN_TOKEN = '' } = c.env;
  const end = Math.min(until, c.var.now + SESSION_MS);
  const sealed = sealSession({ who, until: end }, ADMIN_TOKEN);
  setCookie(c, COOKIES[who.role], sealed, { ...cookieOptions(c), expires: new Date(end) });
  return formToken(sealed, ADMIN_TOKEN);
}

export function signOut(c: PageContext): void {
  for (const cookie of Object.values(COOKIES)) setCookie(c, cookie, '', { ...cookieOptions(c), maxAge: 0 });
}

const cookieOptions = (c: PageContext) => ({
  path: '/dashboard',
  httpOnly: true,
  sameSite: 'Strict' as const,
  secure: new URL(c.req.url).protocol === 'https:',
});

/** Who the cookies say is asking, still allowed in, an admin before a viewer; null for a stranger. */
async function whoAsks(c: PageContext): Promise<Who | null> {
  const { ADMIN_TOKEN } = c.env;
  if (!ADMIN_TOKEN) return null;
  for (const cookie of Object.values(COOKIES)) {
    const sealed = getCookie(c, cookie) ?? '';
    const who = openSession(sealed, ADMIN_TOKEN, c.var.now)?.who;
    if (!who || (who.role === 'viewer' && !(await directoryOf(c.env).access.isViewLinkAlive(who.link_id)))) continue;
    c.set('token', formToken(sealed, ADMIN_TOKEN));
    return who;
  }
  return null;
}

/** Strangers are shown the way in, what they typed goes along; a viewer sees its own site and nothing else, and changes nothing. */
export const guard = createMiddleware<Page>(async (c, next) => {
  const who = await whoAsks(c);
  if (!who) {
    const kept = isReading(c) ? '' : await keepForm(c);
    if (kept) return show(c, <SignInPage to={c.req.path} kept={kept} />, 401);
    return c.redirect(`/dashboard/sign-in?to=${encodeURIComponent(pathOf(c))}`, 303);
  }
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
  if (!own) return show(c, <ErrorPage title="This form did not come from the dashboard" />, 403);
  const bytes = Number(c.req.header('content-length') ?? Number.POSITIVE_INFINITY);
  if (bytes > FORM_BYTES_MAX) return show(c, <ErrorPage title="This form is too large" />, 422);
  const readable = await c.req.parseBody().then(
    () => true,
    () => false,
  );
  return readable ? next() : show(c, <ErrorPage title="This form can't be read" />, 422);
});

/** The token of the session, in each form behind the sign-in; one of a session before is shown again, to be sent again. */
export const ownTokens = createMiddleware<Page>(async (c, next) => {
  if (isReading(c)) return next();
  const { token } = await c.req.parseBody();
  if (typeof token === 'string' && sameText(token, c.var.token)) return next();
  const kept = await keepForm(c);
  if (kept) return show(c, <KeptForm to={c.req.path} kept={kept} token={c.var.token} />, 403);
  return show(c, <ErrorPage title="This form is from an earlier sign-in" />, 403);
});

const isReading = (c: PageContext) => c.req.method === 'GET' || c.req.method === 'HEAD';
/** Where to go after the sign-in: to the page that was asked for, or that the form stood on. */
const pathOf = (c: PageContext) => {
  const page = isReading(c) ? c.req.url : c.req.header('referer');
  const { pathname, search } = URL.parse(page ?? '') ?? { pathname: '/dashboard', search: '' };
  return pathname + search;
};
