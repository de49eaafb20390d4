// The frame of every page: head, top bar, the tabs of a site. Owns the document's shell and how a reader moves about;
// leaves content to the pages. No inline style or script anywhere, so that the strict CSP needs no exception.
import type { Child } from 'hono/jsx';
import { siteAt } from './page.ts';
import type { Who } from './session.ts';

export type Tab = 'overview' | 'deliveries' | 'integrations' | 'books' | 'setup' | 'settings';
const TABS: { tab: Tab; name: string; path: string; admin?: true }[] = [
  { tab: 'overview', name: 'Overview', path: '' },
  { tab: 'deliveries', name: 'Deliveries', path: '/deliveries' },
  { tab: 'integrations', name: 'Integrations', path: '/integrations', admin: true },
  { tab: 'books', name: 'Books', path: '/books' },
  { tab: 'setup', name: 'Set-up', path: '/setup', admin: true },
  { tab: 'settings', name: 'Settings', path: '/settings', admin: true },
];

/** Of every document: without the icon browsers ask for /favicon.ico, which is not there. */
export const Looks = () => (
  <>
    <link rel="icon" type="image/svg+xml" href="/dashboard/assets/icon.svg" />
    <link rel="stylesheet" href="/dashboard/assets/dashboard.css" />
  </>
);

/** A whole document. `live`: its parts with `data-live` follow what happens. */
export const Layout = (props: { title: string; bar?: Child; narrow?: boolean; live?: boolean; children?: Child }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{props.title} · hubwire</title>
      <Looks />
      <script type="module" src="/dashboard/assets/dashboard.js" />
    </head>
    <body data-live-page={props.live ? 'true' : undefined}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/dashboard">
          <img src="/dashboard/assets/icon.svg" alt="" width="22" height="22" />
          hubwire
        </a>
        {props.bar}
      </header>
      <main id="main" class={props.narrow ? 'narrow' : undefined}>
        {props.children}
      </main>
    </body>
  </html>
);

/** The zone of the times above; the script has them in the viewer's. */
const Zone = () => (
  <p class="quiet">
    Times: <span data-zone>UTC</span>. Payloads and CSV files: UTC.
  </p>
);

const SignOut = ({ token }: { token: string }) => (
  <form method="post" action="/dashboard/sign-out" class="sign-out">
    <input type="hidden" name="token" value={token} />
    <button type="submit" class="plain">
      Sign out
    </button>
  </form>
);

/** A page about all sites. */
export const AdminLayout = (props: { title: string; token: string; narrow?: boolean; children?: Child }) => (
  <Layout
    title={props.title}
    {...(props.narrow && { narrow: true })}
    bar={
      <nav class="where" aria-label="Account">
        <a href="/dashboard/sites">Sites</a>
        <a href="/docs">API</a>
        <SignOut token={props.token} />
      </nav>
    }
  >
    {props.children}
    <Zone />
  </Layout>
);

export type SiteFrame = { site: { site_id: string; site_name: string }; who: Who; token: string };

/** A page about one site. */
export const SiteLayout = (
  props: SiteFrame & { title: string; tab: Tab; live?: boolean; narrow?: boolean; children?: Child },
) => {
  const { site, who, tab } = props;
  const admin = who.role === 'admin';
  return (
    <Layout
      title={`${props.title} · ${site.site_name}`}
      {...(props.live && { live: true })}
      {...(props.narrow && { narrow: true })}
      bar={
        <>
          <p class="site-name">{site.site_name}</p>
          <nav class="where" aria-label="Account">
            {admin && <a href="/dashboard/sites">All sites</a>}
            {admin && <a href="/docs">API</a>}
            {!admin && <span class="badge">View only</span>}
            <SignOut token={props.token} />
          </nav>
          <nav class="tabs" aria-label={`Pages of ${site.site_name}`}>
            {TABS.filter((entry) => admin || !entry.admin).map((entry) => (
              <a href={siteAt(site.site_id, entry.path)} aria-current={entry.tab === tab ? 'page' : undefined}>
                {entry.name}
              </a>
            ))}
          </nav>
        </>
      }
    >
      {props.children}
      <Zone />
    </Layout>
  );
};

/** For what an address names and is not there. */
export const NoSuch = ({ what }: { what: string }) => (
  <ErrorPage title={`There is no such ${what}`} detail="It may have been deleted, or the address is not whole." />
);

/** What is said instead of a page. */
export const ErrorPage = ({ title, detail }: { title: string; detail?: string }) => (
  <Layout title={title} narrow>
    <section class="card lone">
      <h1>{title}</h1>
      <p>{detail ?? 'Go back and load the page again, or sign in with what lets you do this.'}</p>
      <p class="actions">
        <a class="button" href="/dashboard">
          To the dashboard
        </a>
      </p>
    </section>
  </Layout>
);
