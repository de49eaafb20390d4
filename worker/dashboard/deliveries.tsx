// The log of deliveries, newest first: filters, search by event id, pages. One delivery is delivery-page.tsx, sending
// many again is replay.tsx. The first page is live; a page further back stands still.
import { Hono } from 'hono';
import type { Child } from 'hono/jsx';
import { getDelivery, listDeliveries } from '../deliveries.ts';
import { Cursor, DELIVERY_STATUSES, type DeliverySummary } from '../delivery.ts';
import { EVENT_NAMES } from '../event.ts';
import { Guid } from '../guid.ts';
import { ROWS_PER_PAGE } from '../limits.ts';
import { type Filters, placeOf, readFilters, toDeliveryFilter, toQuery, WITHIN_NAMES } from './delivery-filter.ts';
import { NoSuch, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Page, type PageContext, show, siteAt } from './page.ts';
import { Done, Empty, State, Table, Time, wordOf } from './parts.tsx';
import { type Found, siteOf } from './site-of.ts';

export const deliveries = new Hono<Page>();

deliveries.get('/:site_id/deliveries', async (c) => {
  const found = await siteOf(c);
  if (!found) return show(c, <NoSuch what="site" />, 404);
  const filters = readFilters(c.req.query());
  const page = filters.search ? await search(c, found, filters.search) : await list(c, found, filters);
  const frame = { who: c.var.who, token: c.var.token, done: c.req.query('done') };
  const here = { filters, place: placeOf(c.req.query()), first: !c.req.query('cursor') };
  return show(c, <DeliveriesPage {...frame} {...found} {...page} {...here} />);
});

type Listed = { data: DeliverySummary[]; next: string | null };

function list(c: PageContext, { site, integrations }: Found, filters: Filters): Promise<Listed> {
  const cursor = Cursor.safeParse(c.req.query('cursor'));
  const filter = toDeliveryFilter(filters, c.var.now);
  return listDeliveries(c.env, site, integrations, filter, ROWS_PER_PAGE, cursor.data);
}

/** An event went to every integration that asked for it. */
async function search(c: PageContext, { site, integrations }: Found, text: string): Promise<Listed> {
  const id = Guid.safeParse(text);
  if (!id.success) return { data: [], next: null };
  const asked = integrations.map(({ integration_id }) => getDelivery(c.env, site, integration_id, id.data));
  const data = (await Promise.all(asked)).flatMap((found) =>
    found.ok ? { ...found.value, attempts: found.value.attempts_dropped + found.value.attempts.length } : [],
  );
  return { data, next: null };
}

/** `place`: the query that leads back here. */
type Here = { filters: Filters; place: string; first: boolean };
type Props = Omit<SiteFrame, 'site'> & Found & Listed & Here & { done: string | undefined };
const DeliveriesPage = ({ integrations, data, next, filters, place, first, done, ...frame }: Props) => {
  const { site_id } = frame.site;
  const at = siteAt(site_id, '/deliveries');
  const narrowed = toQuery(filters) !== '';
  return (
    <SiteLayout {...frame} title="Deliveries" tab="deliveries" {...(first && { live: true })}>
      <Done done={done} />
      <div class="head">
        <h1>Deliveries</h1>
        <div class="actions">
          {frame.who.role === 'admin' && integrations.length > 0 && (
            <a
              class="button second"
              href={`${at}/replay?${toQuery({ integration_id: filters.integration_id, within: filters.within })}`}
            >
              Send failed ones again
            </a>
          )}
          <a class="button second" href={siteAt(site_id, '/deliveries.csv', toQuery(filters))}>
            Download as CSV
          </a>
        </div>
      </div>
      <FilterForm filters={filters} integrations={integrations} action={at} />
      <section class="card" id="deliveries" data-live={first ? '' : undefined}>
        {data.length === 0 ? (
          <NoDeliveries narrowed={narrowed} search={filters.search} at={at}>
            {frame.who.role === 'admin' && integrations.length === 0 && (
              <p>
                <a href={siteAt(site_id, '/integrations/new')}>Add an integration</a>
              </p>
            )}
          </NoDeliveries>
        ) : (
          <Rows data={data} integrations={integrations} siteId={site_id} place={place} />
        )}
      </section>
      {(next || !first) && (
        <nav class="pager" aria-label="Pages">
          {first ? <span /> : <a href={`${at}?${toQuery(filters)}`}>← Newest</a>}
          {next && <a href={`${at}?${toQuery(filters, { cursor: next })}`}>Older →</a>}
        </nav>
      )}
    </SiteLayout>
  );
};

/** What is wrong; what to do stands on the page of the delivery. */
const firstSentence = (text: string): string => /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;

const Rows = ({
  data,
  integrations,
  siteId,
  place,
}: { data: DeliverySummary[]; siteId: string; place: string } & Pick<Found, 'integrations'>) => {
  const names = new Map(integrations.map(({ integration_id, name }) => [integration_id, name]));
  return (
    <Table
      caption="Deliveries"
      columns={[
        'Event',
        ['To', 'name'],
        ['State', 'aside'],
        ['Attempts', 'number'],
        'Accepted',
        ['Last error, or next attempt', 'wide'],
      ]}
      rows={data.map((row) => [
        <>
          <a href={siteAt(siteId, `/deliveries/${row.event_id}/${row.integration_id}`, place)}>{row.event}</a>{' '}
          <small class="mono quiet">{row.event_id.slice(0, 8)}</small>
        </>,
        names.get(row.integration_id),
        <State state={row.status} />,
        row.attempts,
        <Time at={row.created_at} />,
        <News row={row} />,
      ])}
    />
  );
};

const News = ({ row: { status, last_error, next_attempt_at } }: { row: DeliverySummary }) => {
  const error = status === 'succeeded' ? '' : firstSentence(last_error ?? '');
  if (!error && !next_attempt_at) return null;
  return (
    <span class="quiet">
      {error}{' '}
      {next_attempt_at && (
        <>
          Next attempt <Time at={next_attempt_at} as="clock" />
        </>
      )}
    </span>
  );
};

type NoneProps = { narrowed: boolean; search: string | undefined; at: string; children?: Child };
const NoDeliveries = ({ narrowed, search, at, children }: NoneProps) => (
  <Empty title={search ? 'No delivery of this event' : narrowed ? 'Nothing matches' : 'Nothing was sent yet'}>
    {search ? (
      <p>
        Search by the whole id of an event, the <code>webhook-id</code> that a receiver saw. It may also be older than
        what is kept.
      </p>
    ) : (
      <p>
        {narrowed
          ? 'No delivery is like this.'
          : 'Deliveries appear here as soon as an event comes that a tool asked for.'}
      </p>
    )}
    {narrowed && (
      <p>
        <a href={at}>Show all deliveries</a>
      </p>
    )}
    {children}
  </Empty>
);

type FilterProps = { filters: Filters; action: string } & Pick<Found, 'integrations'>;
const FilterForm = ({ filters, integrations, action }: FilterProps) => (
  <form class="card filters" method="get" action={action}>
    <Select name="status" label="State" value={filters.status} options={DELIVERY_STATUSES.map((s) => [s, wordOf(s)])} />
    <Select
      name="integration_id"
      label="Integration"
      value={filters.integration_id}
      options={integrations.map(({ integration_id, name }) => [integration_id, name])}
    />
    <Select name="event" label="Event" value={filters.event} options={EVENT_NAMES.map((name) => [name, name])} />
    <Select name="within" label="Time" value={filters.within} options={Object.entries(WITHIN_NAMES)} />
    <div class="field">
      <label for="search">Event id</label>
      <input id="search" name="search" type="search" value={filters.search} spellcheck={false} autocomplete="off" />
    </div>
    <button type="submit" class="second">
      Filter
    </button>
  </form>
);

type Option = readonly [value: string, name: string];
const Select = (props: { name: string; label: string; value: string | undefined; options: readonly Option[] }) => (
  <div class="field">
    <label for={props.name}>{props.label}</label>
    <select id={props.name} name={props.name} data-submit>
      <option value="">All</option>
      {props.options.map(([value, name]) => (
        <option value={value} selected={value === props.value}>
          {name}
        </option>
      ))}
    </select>
  </div>
);
