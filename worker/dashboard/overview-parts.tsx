// The two larger parts of the overview: the chart with its table, and a row for each integration.
// The chart is drawn by the script from `data-points`; trends are drawn here, as they need nothing but rectangles.
import type { Range } from '../stats.ts';
import type { SiteFrame } from './layout.tsx';
import type { Figures, Trend } from './overview-figures.ts';
import { siteAt } from './page.ts';
import { Empty, group, millis, percent, State, Table, Time } from './parts.tsx';
import type { Fares } from './summary.ts';

/** How many hours a bar of the chart stands for: about thirty bars. */
const BUCKET_HOURS: Record<Range, number> = { '24h': 1, '7d': 6, '30d': 24 };

/** The chart, and the same figures as a table for readers without script or sight. */
export const Chart = ({ figures: { series, deliveries, range } }: { figures: Figures }) => {
  const hours = BUCKET_HOURS[range];
  const column = (name: 'SiteViewed' | 'SignUpSuccess') => series.map((point) => point[name]);
  const points = {
    from: Date.parse(series[0]?.t ?? ''),
    views: column('SiteViewed'),
    signups: column('SignUpSuccess'),
    ...deliveries,
  };
  const starts = series.map((_, i) => i).filter((i) => i % hours === 0);
  const sum = (values: number[], from: number) => values.slice(from, from + hours).reduce((a, b) => a + b, 0);
  return (
    <>
      <div id="chart" data-live>
        <div class="chart" data-points={JSON.stringify(points)} data-hours={hours} />
      </div>
      <details>
        <summary>Figures as a table</summary>
        <Table
          caption="Figures by time"
          columns={['From', ['Views', 'number'], ['Sign-ups', 'number'], ['Delivered', 'number'], ['Failed', 'number']]}
          rows={starts
            .reverse()
            .map((i) => [
              <Time at={series[i]?.t ?? ''} />,
              ...[points.views, points.signups, points.delivered, points.failed].map((values) => group(sum(values, i))),
            ])}
        />
      </details>
    </>
  );
};

const ORDER = ['failing', 'disabled', 'ok'];
/** Those that need somebody first. */
export const byUrgency = <T extends Pick<Fares, 'state'>>(rows: readonly T[]): T[] =>
  rows.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));

/** A row for each integration: state, figures, trend, last error. */
export const Tools = ({ site, who, figures }: SiteFrame & { figures: Figures }) => {
  const admin = who.role === 'admin';
  if (figures.integrations.length === 0)
    return (
      <Empty title="No tool is connected">
        <p>Connect the first one, and every sign-up reaches it as a signed webhook.</p>
        {admin && (
          <p>
            <a class="button" href={siteAt(site.site_id, '/integrations/new')}>
              Add an integration
            </a>
          </p>
        )}
      </Empty>
    );
  return (
    <ul class="rows">
      {byUrgency(figures.integrations).map((row) => (
        <li class="row">
          <b>
            {admin ? <a href={siteAt(site.site_id, `/integrations/${row.integration_id}`)}>{row.name}</a> : row.name}
          </b>
          <State state={row.state} />
          <dl>
            {Object.entries({
              Delivered: group(row.succeeded),
              Failed: group(row.failed),
              Pending: group(row.pending),
              Success: percent(row.success_rate),
              'Half in': millis(row.p50_ms),
              '95 % in': millis(row.p95_ms),
            }).map(([name, value]) => (
              <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <Spark trend={row.trend} name={row.name} />
          <LastError row={row} />
        </li>
      ))}
    </ul>
  );
};

/** What went wrong last, where that still matters. */
export const LastError = ({ row }: { row: Pick<Fares, 'state' | 'failed' | 'last_error'> }) => {
  if (row.last_error === null || (row.state === 'ok' && row.failed === 0)) return null;
  return <p class="why">Last error: {row.last_error}</p>;
};

const BAR = 4;
const Spark = ({ trend: { delivered, failed }, name }: { trend: Trend; name: string }) => {
  const top = Math.max(1, ...delivered.map((n, i) => n + (failed[i] ?? 0)));
  const scale = (n: number) => (n > 0 ? Math.max(1.5, (n / top) * 30) : 0);
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${delivered.length * BAR} 32`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`Deliveries to ${name} over time`}
    >
      {delivered.map((n, i) => {
        const [ok, no] = [scale(n), scale(failed[i] ?? 0)];
        const x = i * BAR + 0.5;
        if (ok + no === 0) return <rect class="none" x={x} y="31" width={BAR - 1} height="1" />;
        return (
          <>
            {ok > 0 && <rect class="ok" x={x} y={32 - ok} width={BAR - 1} height={ok} />}
            {no > 0 && <rect class="no" x={x} y={32 - ok - no} width={BAR - 1} height={no} />}
          </>
        );
      })}
    </svg>
  );
};
