// The ways in and out: the admin token, a one-time link, a view-only link. Guesses are limited by the Directory.
// A link answers with a page that leads on, not with a redirect: the cookie is SameSite=Strict, and a redirect that
// began on another site (a mail, a chat) would arrive without it.
import { Hono } from 'hono';
import type { SignInRefusal } from '../access-links.ts';
import { directoryOf } from '../bindings.ts';
import { clientAddress } from '../client-address.ts';
import { SESSION_MS, SIGN_IN_WINDOW_MS } from '../limits.ts';
import { readFields } from './form.ts';
import { signInAs, signOut } from './guard.tsx';
import { KeptForm } from './kept-form.tsx';
import { Looks } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { SignInPage } from './sign-in-page.tsx';

export const signIn = new Hono<Page>();

const WRONG = {
  token: 'This is not the admin token. npm start prints it; in production it is the secret ADMIN_TOKEN.',
  code: 'This link was used already, or has expired. Start hubwire again for a new one, or enter the token.',
  link: 'This link has expired or was revoked. Ask whoever sent it for a new one.',
};
const TOO_MANY = `Too many wrong attempts. Wait ${SIGN_IN_WINDOW_MS / 60_000} minutes, then try again.`;

type Way = { to: string; kept: string };
const refuseEntry = (c: PageContext, by: keyof typeof WRONG, refusal: SignInRefusal, way?: Way) =>
  show(
    c,
    <SignInPage {...(way ?? { to: '/dashboard' })} problem={refusal === 'wrong' ? WRONG[by] : TOO_MANY} />,
    refusal === 'wrong' ? 401 : 429,
  );

const clientOf = ({ req, env }: PageContext) => clientAddress(req.raw.headers, env);

const HERE = 'https://here.invalid';

/** Only to our own pages, as a URL writes them: what was sent may hold anything, also line ends. */
const goal = (to = ''): string => {
  const url = URL.parse(to, HERE);
  const own = url?.origin === HERE && /^\/dashboard(\/(?!sign-)|$)/.test(url.pathname);
  return own ? url.pathname + url.search : '/dashboard';
};

signIn.get('/sign-in', async (c) => {
  const code = c.req.query('code');
  if (!code) return show(c, <SignInPage to={goal(c.req.query('to'))} />);
  if (c.req.method === 'HEAD') return c.body(null, 405);
  const used = await directoryOf(c.env).access.useSignInCode(code, clientOf(c));
  if (!used.ok) return refuseEntry(c, 'code', used.reason);
  signInAs(c, { role: 'admin' }, c.var.now + SESSION_MS);
  return show(c, <ComeIn to="/dashboard" />);
});

signIn.post('/sign-in', async (c) => {
  const form = await readFields(c);
  const way = { to: goal(form.text('to')), kept: form.text('kept') };
  const right = await directoryOf(c.env).access.signIn(form.text('token'), clientOf(c));
  if (!right.ok) return refuseEntry(c, 'token', right.reason, way);
  const token = signInAs(c, { role: 'admin' }, c.var.now + SESSION_MS);
  return way.kept ? show(c, <KeptForm {...way} token={token} />) : c.redirect(way.to, 303);
});

signIn.get('/view', async (c) => {
  const link = await directoryOf(c.env).access.openViewLink(c.req.query('link') ?? '', clientOf(c));
  if (!link.ok) return refuseEntry(c, 'link', link.reason);
  const { site_id, link_id, expires_at } = link.value;
  signInAs(c, { role: 'viewer', site_id, link_id }, Date.parse(expires_at));
  return show(c, <ComeIn to={siteAt(site_id)} />);
});

signIn.post('/sign-out', (c) => {
  signOut(c);
  return c.redirect('/dashboard/sign-in', 303);
});

const ComeIn = ({ to }: { to: string }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta http-equiv="refresh" content={`0; url=${to}`} />
      <title>Signed in · hubwire</title>
      <Looks />
    </head>
    <body>
      <main class="narrow">
        <section class="card lone">
          <h1>You are signed in</h1>
          <p>
            <a href={to}>Go on to the dashboard</a>
          </p>
        </section>
      </main>
    </body>
  </html>
);
