// The books: for each integration and event, what matched and what became of it, as a sum that anyone can recount.
// From journals and lanes themselves, not from KV: exact at the moment that is named.
import { Hono } from 'hono';
import { type Books, readBooks } from '../books.ts';
import { NoSuch, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Code, Empty, group, State, Table, Time } from './parts.tsx';
import { type Found, siteOf } from './site-of.ts';

export const books = new Hono<Page>();

books.get('/:site_id/books', async (c) => {
  const found = await readSiteBooks(c);
  if (!found) return show(c, <NoSuch what="site" />, 404);
  return show(c, <BooksPage who={c.var.who} token={c.var.token} {...found} origin={new URL(c.req.url).origin} />);
});

export type SiteBooks = Found & { balance: Books };
export async function readSiteBooks(c: PageContext): Promise<SiteBooks | null> {
  const found = await siteOf(c);
  return found && { ...found, balance: await readBooks(c.env, found.site, found.integrations, c.var.now) };
}

const EVENTS = {
  SiteViewed: 'views',
  SignUpSuccess: 'sign-ups',
  WebhookSuccess: 'deliveries told of as WebhookSuccess',
  WebhookError: 'deliveries told of as WebhookError',
} as const;
const COLUMNS = [
  'Event',
  ...['Matching', 'Succeeded', 'Failed', 'Skipped', 'Pending'].map((name) => [name, 'number'] as const),
  ['Sum', 'wide'] as const,
];

const BooksPage = ({
  integrations,
  balance,
  origin,
  ...frame
}: Omit<SiteFrame, 'site'> & SiteBooks & { origin: string }) => {
  const { events, balanced } = balance;
  const { site_id } = frame.site;
  return (
    <SiteLayout {...frame} title="Books" tab="books">
      <h1>Books</h1>
      <p class="lead">
        Every accepted event must end somewhere. For each integration, <b>matching</b> events are those it subscribed
        to; at every moment they equal <b>succeeded + failed + skipped + pending</b>.
      </p>
      <p class="summary" data-tone={balanced ? 'good' : 'bad'}>
        {balanced ? 'The books balance: nothing is lost.' : 'The books do not balance. Please report this.'}
      </p>
      {balance.mismatches.length > 0 && (
        <section class="card">
          <h2>Where the recount disagrees</h2>
          <Table
            caption="Mismatches"
            columns={['Part', 'Found', ['What', 'wide']]}
            rows={balance.mismatches.map(({ part, found_at, detail }) => [part, <Time at={found_at} />, detail])}
          />
        </section>
      )}
      <section class="card">
        <h2>What came in</h2>
        <dl class="facts">
          {Object.entries(EVENTS).map(([name, what]) => (
            <>
              <dt>{name}</dt>
              <dd>
                <b>{group(events[name as keyof typeof EVENTS])}</b> <span class="quiet">{what}</span>
              </dd>
            </>
          ))}
          <dt>Duplicate</dt>
          <dd>
            <b>{group(events.duplicate)}</b> <span class="quiet">sent again by a browser and counted once</span>
          </dd>
          <dt>Refused</dt>
          <dd>
            <b>{group(events.refused)}</b> <span class="quiet">bots, and events that were not valid</span>
          </dd>
        </dl>
      </section>
      {integrations.length === 0 && (
        <section class="card">
          <Empty title="No integration, no deliveries">
            <p>Once a tool is connected, each of its events is accounted for here.</p>
          </Empty>
        </section>
      )}
      {integrations.map((integration, i) => (
        <section class="card">
          <h2>{integration.name}</h2>
          <Table
            caption={`Balance of ${integration.name}`}
            columns={COLUMNS}
            rows={(balance.integrations[i]?.triggers ?? []).map(({ event, balanced, ...n }) => [
              event,
              ...[n.matching, n.succeeded, n.failed, n.skipped, n.pending].map(group),
              <>
                <span class="mono">
                  {group(n.succeeded)} + {group(n.failed)} + {group(n.skipped)} + {group(n.pending)}{' '}
                  {balanced ? '=' : '≠'} {group(n.matching)}
                </span>{' '}
                {balanced ? '✓' : <State state="failed" />}
              </>,
            ])}
          />
        </section>
      ))}
      <section class="card stack">
        <h2>Recount it yourself</h2>
        <p class="lead">
          The log holds a row for each event and integration that is still kept ({frame.site.settings.retention_days}{' '}
          days). Download it and count; or count what your receiver got, by distinct <code>webhook-id</code>.
        </p>
        <p class="actions">
          <a class="button second" href={siteAt(site_id, '/deliveries.csv')}>
            Deliveries as CSV
          </a>
          <a class="button second" href={siteAt(site_id, '/books.csv')}>
            Books as CSV
          </a>
        </p>
        <Code
          label="the command"
          text={`curl -H "Authorization: Bearer $ADMIN_TOKEN" ${origin}/v1/sites/${site_id}/books`}
        />
        <p class="quiet">
          As of <Time at={balance.as_of} />.
        </p>
      </section>
    </SiteLayout>
  );
};
