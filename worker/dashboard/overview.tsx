// The overview of a site: does it work, what happened, how does each tool fare. From KV alone, so that it is quick and
// costs the objects nothing; late by up to ten seconds. Exact figures are the books.
import { Hono } from 'hono';
import { readSite } from '../site.ts';
import { Range } from '../stats.ts';
import { NoSuch, type SiteFrame, SiteLayout } from './layout.tsx';
import { type Figures, readFigures } from './overview-figures.ts';
import { Chart, Tools } from './overview-parts.tsx';
import { type Page, show, siteAt } from './page.ts';
import { Done, group, millis, percent, Time } from './parts.tsx';
import { summarize } from './summary.ts';

export const overview = new Hono<Page>();

const RANGE_NAMES: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

overview.get('/:site_id', async (c) => {
  const site = await readSite(c.env, c.req.param('site_id'), c.var.now);
  if (!site) return show(c, <NoSuch what="site" />, 404);
  const range = Range.catch('24h').parse(c.req.query('range'));
  const figures = await readFigures(c.env, site, range, c.var.now);
  const frame = { site, who: c.var.who, token: c.var.token };
  return show(c, <OverviewPage {...frame} figures={figures} done={c.req.query('done')} />);
});

const OverviewPage = ({ figures, done, ...frame }: SiteFrame & { figures: Figures; done: string | undefined }) => {
  const { site_id } = frame.site;
  return (
    <SiteLayout {...frame} title="Overview" tab="overview" live>
      <Done done={done} />
      <div class="head">
        <h1>Overview</h1>
        <nav class="segmented" aria-label="Range">
          {Object.entries(RANGE_NAMES).map(([range, name]) => (
            <a href={`?range=${range}`} aria-current={range === figures.range ? 'true' : undefined}>
              {name}
            </a>
          ))}
        </nav>
      </div>
      <div id="state" data-live aria-live="polite">
        <SummaryLine {...frame} figures={figures} />
      </div>
      <div id="figures" data-live>
        <FigureTiles figures={figures} />
      </div>
      <section class="card" aria-labelledby="chart-title">
        <h2 id="chart-title">What happened</h2>
        <Chart figures={figures} />
        <p class="quiet">
          <a href={siteAt(site_id, `/stats.csv?range=${figures.range}`)}>Download as CSV</a>
        </p>
      </section>
      <section class="card" aria-labelledby="tools-title">
        <h2 id="tools-title">Integrations</h2>
        <div id="tools" data-live>
          <Tools {...frame} figures={figures} />
        </div>
      </section>
    </SiteLayout>
  );
};

const SummaryLine = ({ site, who, figures }: SiteFrame & { figures: Figures }) => {
  const { tone, phrases, next } = summarize(figures.totals, figures.integrations, figures.range);
  const ways = {
    setup: { to: '/setup', name: 'To the set-up' },
    connect: { to: '/integrations/new', name: 'Connect a tool' },
    failed: { to: '/deliveries?status=failed', name: 'See the failed deliveries' },
    retrying: { to: '/deliveries?status=retrying', name: 'See what is tried again' },
    skipped: { to: '/deliveries?status=skipped', name: 'See what was skipped' },
  };
  const open = next !== 'setup' && next !== 'connect';
  const way = next && (who.role === 'admin' || open) ? ways[next] : null;
  return (
    <p class="summary" data-tone={tone}>
      <span>{phrases.map((phrase) => (typeof phrase === 'string' ? phrase : <Time at={phrase.at} as="clock" />))}</span>
      {way && <a href={siteAt(site.site_id, way.to)}>{way.name} →</a>}
    </p>
  );
};

const FigureTiles = ({ figures }: { figures: Figures }) => {
  const { totals, before, delivered, failed, success_rate, p95_ms } = figures;
  const earlier = before && conversion(before);
  const tiles: { name: string; value: string; note?: string | null; bad?: boolean }[] = [
    { name: 'Views', value: group(totals.SiteViewed), note: change(totals.SiteViewed, before?.SiteViewed) },
    { name: 'Sign-ups', value: group(totals.SignUpSuccess), note: change(totals.SignUpSuccess, before?.SignUpSuccess) },
    {
      name: 'Conversion',
      value: percent(conversion(totals)),
      note: earlier === null ? null : `before ${percent(earlier)}`,
    },
    { name: 'Delivered', value: group(delivered) },
    { name: 'Failed', value: group(failed), bad: failed > 0 },
    { name: 'Pending', value: group(totals.pending) },
    { name: 'Success rate', value: percent(success_rate) },
    { name: '95 % answer in', value: millis(p95_ms) },
  ];
  return (
    <dl class="figures">
      {tiles.map(({ name, value, note, bad }) => (
        <div data-bad={bad ? 'true' : undefined}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note && <small>{note}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
};

/** Null where it can't be told: views are not counted of everyone who signs up, and there is no 150 % of visitors. */
function conversion({ SiteViewed: views, SignUpSuccess: signUps }: Figures['totals']): number | null {
  return views > 0 && signUps <= views ? signUps / views : null;
}

/** Against the same length of time before. */
function change(now: number, before: number | undefined): string | null {
  if (before === undefined) return null;
  if (before === 0) return now === 0 ? null : 'none before';
  const ratio = now / before - 1;
  if (Math.abs(ratio) < 0.005) return 'as before';
  return `${ratio > 0 ? '↑' : '↓'} ${Math.abs(ratio * 100).toLocaleString('en', { maximumFractionDigits: 0 })} %`;
}
