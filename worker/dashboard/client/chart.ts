// Three small charts over one time axis: views, sign-ups, and how deliveries ended. Small multiples, because views are
// a hundred times the sign-ups and would press them flat on a common scale; one cursor runs through all three.
// The figures come hourly in `data-points`; here they become the viewer's hours, quarters of a day, or days.
import uPlot from 'uplot';

type Points = { from: number; views: number[]; signups: number[]; delivered: number[]; failed: number[] };
const HOUR_S = 3_600;
const HEIGHT_PX = 112;

export function drawCharts(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>('[data-points]:not([data-dressed])')) {
    box.dataset.dressed = 'true';
    draw(box, JSON.parse(box.dataset.points ?? ''), Number(box.dataset.hours));
  }
}

type Line = {
  label: string;
  color: string;
  values: number[] /** What the legend says, where it is not the height. */;
  said?: number[];
};

function draw(box: HTMLElement, points: Points, hours: number): void {
  const { times, views, signups, delivered, failed } = bucket(points, hours);
  const ended = delivered.map((n, i) => n + (failed[i] ?? 0));
  const charts: Line[][] = [
    [{ label: 'Views', color: 'views', values: views }],
    [{ label: 'Sign-ups', color: 'signups', values: signups }],
    [
      // The whole behind, the delivered part in front of it: what is seen of the whole has failed.
      { label: 'Failed', color: 'bad-fill', values: ended, said: failed },
      { label: 'Delivered', color: 'good-fill', values: delivered },
    ],
  ];
  const bars = uPlot.paths.bars?.({ size: [0.72, 26], radius: 0.1 });
  const half = (hours * HOUR_S) / 2;
  const make = (lines: Line[]): uPlot => {
    const color = colorsOf(box);
    const axis = { stroke: color('soft'), font: '12px system-ui, sans-serif', ticks: { show: false } };
    return new uPlot(
      {
        width: box.clientWidth,
        height: HEIGHT_PX,
        // At the right, room for half of the last label.
        padding: [8, 28, 0, 0],
        cursor: { sync: { key: 'overview' }, y: false, drag: { x: false }, points: { show: false } },
        scales: {
          x: { range: (_plot, min, max) => [min - half, max + half] },
          y: { range: (_plot, _min, max) => [0, Math.max(4, Math.ceil(max * 1.1))] },
        },
        axes: [
          {
            ...axis,
            size: 28,
            space: 70,
            grid: { show: false },
            values: (_plot, ticks) => ticks.map((at) => mark(at, hours)),
          },
          {
            ...axis,
            size: 48,
            space: 28,
            grid: { stroke: color('line'), width: 1 },
            values: (_plot, ticks) => ticks.map(whole),
          },
        ],
        series: [
          { value: (_plot, at) => (at === null ? '' : when(at, hours)) },
          ...lines.map(({ label, color: name, values, said = values }) => ({
            label,
            stroke: color(name),
            fill: color(name),
            width: 0,
            points: { show: false },
            ...(bars && { paths: bars }),
            value: (_plot: uPlot, _value: number, _series: number, i: number | null) =>
              (i === null ? said.reduce((a, b) => a + b, 0) : (said[i] ?? 0)).toLocaleString(),
          })),
        ],
      },
      [times, ...lines.map(({ values }) => values)],
      box,
    );
  };
  let drawn = charts.map(make);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const plot of drawn) plot.destroy();
    drawn = charts.map(make);
  });
  new ResizeObserver(() => {
    for (const plot of drawn)
      if (plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: HEIGHT_PX });
  }).observe(box);
}

/** A canvas can't read light-dark(): an element of the page resolves it. */
function colorsOf(box: HTMLElement): (name: string) => string {
  const probe = box.appendChild(document.createElement('i'));
  const names = ['soft', 'line', 'views', 'signups', 'good-fill', 'bad-fill'];
  const colors = new Map(
    names.map((name) => {
      probe.style.color = `var(--${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return (name) => colors.get(name) ?? 'gray';
}

/** Whole numbers only: nothing here happens by halves. */
const whole = (value: number): string => (Number.isInteger(value) ? value.toLocaleString() : '');
const DATE = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short' });
const HOUR = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });
const mark = (at: number, hours: number): string => (hours === 1 ? CLOCK : DATE).format(at * 1_000);
const when = (at: number, hours: number): string => (hours >= 24 ? DAY : HOUR).format(at * 1_000);

/** Hours summed to buckets that begin at the viewer's midnight. */
function bucket({ from, ...series }: Points, hours: number) {
  const starts = new Map<number, number>();
  const at = series.views.map((_, i) => startOf(from + i * HOUR_S * 1_000, hours));
  for (const start of at) if (!starts.has(start)) starts.set(start, starts.size);
  const sum = (values: number[]) => {
    const sums = new Array<number>(starts.size).fill(0);
    for (const [i, value] of values.entries()) {
      const place = starts.get(at[i] as number) as number;
      sums[place] = (sums[place] as number) + value;
    }
    return sums;
  };
  return {
    times: [...starts.keys()].map((ms) => ms / 1_000),
    views: sum(series.views),
    signups: sum(series.signups),
    delivered: sum(series.delivered),
    failed: sum(series.failed),
  };
}

function startOf(ms: number, hours: number): number {
  const date = new Date(ms);
  return new Date(
    date.getFullYear(),
    date.getMonth(),
    date.getDate(),
    Math.floor(date.getHours() / hours) * hours,
  ).getTime();
}
