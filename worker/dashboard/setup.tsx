// The set-up of a site in three steps, each with a check that turns green by itself: the tag, the first event, the
// first tool. Owns the page; what the tag understands is the tracker's README.
import { Hono } from 'hono';
import { readSite } from '../site.ts';
import { NoSuch, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Figures, readFigures } from './overview-figures.ts';
import { type Page, show, siteAt } from './page.ts';
import { Code, Done, Time } from './parts.tsx';
import { count } from './summary.ts';

export const setup = new Hono<Page>();

setup.get('/:site_id/setup', async (c) => {
  const site = await readSite(c.env, c.req.param('site_id'), c.var.now);
  if (!site) return show(c, <NoSuch what="site" />, 404);
  const figures = await readFigures(c.env, site, '30d', c.var.now);
  const frame = { site, who: c.var.who, token: c.var.token };
  const { origin } = new URL(c.req.url);
  return show(
    c,
    <SetupPage {...frame} origins={site.origins} origin={origin} figures={figures} done={c.req.query('done')} />,
  );
});

/** The tag to paste. */
export const tagOf = (collector: string, siteId: string): string =>
  `<script async src="${collector}/hub.js" data-site="${siteId}"></script>`;

type Props = SiteFrame & { origins: string[]; origin: string; figures: Figures; done: string | undefined };
const SetupPage = ({ origins, origin, figures, done, ...frame }: Props) => {
  const { site_id } = frame.site;
  const { SiteViewed: views, SignUpSuccess: signUps } = figures.totals;
  const last = figures.series.findLast((hour) => hour.SiteViewed + hour.SignUpSuccess > 0);
  return (
    <SiteLayout {...frame} title="Set-up" tab="setup" live narrow>
      <Done done={done} />
      <h1>Set-up</h1>
      <ol class="steps">
        <li class="card stack">
          <h2>Paste the tag into your pages</h2>
          <p class="lead">
            Into the <code>&lt;head&gt;</code> of every page, once. It weighs three kilobytes, sets no cookie and delays
            nothing.
          </p>
          <Code label="the tag" text={tagOf(origin, site_id)} />
          <p class="hint">
            Events are taken from {origins.includes('*') ? 'every page' : origins.join(', ')}.{' '}
            <a href={siteAt(site_id, '/settings')}>Change the origins</a>
          </p>
          <div id="first-view" data-live aria-live="polite">
            {views + signUps > 0 ? (
              <p class="notice" data-tone="good">
                It works: {views > 0 ? `${count(views, 'view')} so far` : 'sign-ups arrive, and no view so far'}
                {last && (
                  <>
                    , the last since <Time at={last.t} as="clock" />
                  </>
                )}
                .
              </p>
            ) : (
              <p class="notice" data-tone="idle">
                Waiting for the first view … open a page of your site that has the tag. This turns green by itself.
              </p>
            )}
          </div>
        </li>
        <li class="card stack">
          <h2>Mark your sign-up form</h2>
          <p class="lead">
            Add <code>data-hub-signup</code> to the form. Its fields become the fields of the webhook; passwords, cards
            and hidden fields are never captured.
          </p>
          <Code label="the form" text={'<form data-hub-signup>\n  <input name="email" type="email">\n  …\n</form>'} />
          <p class="hint">
            A form that your own script sends is counted when it succeeds: call <code>hub.signup(form)</code>.
          </p>
          <div id="first-signup" data-live aria-live="polite">
            {signUps > 0 ? (
              <p class="notice" data-tone="good">
                It works: {count(signUps, 'sign-up')} so far.
              </p>
            ) : (
              <p class="notice" data-tone="idle">
                Waiting for the first sign-up … fill in your form once.
              </p>
            )}
          </div>
        </li>
        <li class="card stack">
          <h2>Connect a tool</h2>
          {figures.integrations.length > 0 ? (
            <p class="notice" data-tone="good">
              Connected: {figures.integrations.map(({ name }) => name).join(', ')}.
            </p>
          ) : (
            <p class="lead">Give the address of its webhook, and what it should hear of.</p>
          )}
          <p>
            <a class="button second" href={siteAt(site_id, '/integrations/new')}>
              Add an integration
            </a>
          </p>
        </li>
      </ol>
    </SiteLayout>
  );
};
