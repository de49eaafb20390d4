// The dashboard's addresses, and what stands before all of them. Composition only: each page is its own file.
import { Hono } from 'hono';
import { books } from './books.tsx';
import { csvFiles } from './csv-files.ts';
import { deliveries } from './deliveries.tsx';
import { deliveryPage } from './delivery-page.tsx';
import { adminOnly, guard, manners, ownForms, ownTokens } from './guard.tsx';
import { integrationPage } from './integration-page.tsx';
import { integrations } from './integrations.tsx';
import { ErrorPage, NoSuch } from './layout.tsx';
import { overview } from './overview.tsx';
import { type Page, show } from './page.ts';
import { replay } from './replay.tsx';
import { settings } from './settings.tsx';
import { setup } from './setup.tsx';
import { signIn } from './sign-in.tsx';
import { sites } from './sites.tsx';

export const dashboard = new Hono<Page>();

dashboard.get('/assets/:file', ({ env, req }) => env.ASSETS.fetch(req.raw));
dashboard.use(manners, async (c, next) => {
  c.set('now', Date.now());
  await next();
});
dashboard.use(ownForms);
dashboard.route('/', signIn);
dashboard.use(guard, ownTokens);
for (const path of ['/sites', '/sites/new']) dashboard.use(path, adminOnly);
for (const page of ['integrations', 'setup', 'settings', 'deliveries/replay'])
  for (const path of [`/sites/:site_id/${page}`, `/sites/:site_id/${page}/*`]) dashboard.use(path, adminOnly);
dashboard.route('/', sites);
for (const pages of [
  overview,
  deliveries,
  replay,
  deliveryPage,
  integrations,
  integrationPage,
  books,
  setup,
  settings,
  csvFiles,
])
  dashboard.route('/sites', pages);
dashboard.all('*', (c) => show(c, <NoSuch what="page" />, 404));
dashboard.onError((error, c) => {
  console.error('a page of the dashboard failed:', error);
  const detail = 'Nothing was changed. Load the page again; if it stays, the log of the Worker says why.';
  return c.html(`<!doctype html>${<ErrorPage title="Something went wrong here" detail={detail} />}`, 500);
});
