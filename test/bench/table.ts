// Figures on a terminal: columns by what the rows hold, numbers with three digits that mean something.
// Owns the format, and what is made of many figures: quantiles, medians, ratios of turns.
// The JSON beside a table keeps the figures as they were measured.

export type Row = Record<string, string | number>;

/** Whole above a hundred, else three significant digits: a benchmark on a shared machine knows no more. */
export const figure = (value: string | number): string => {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
};

export function table(rows: readonly Row[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => figure(row[column] ?? '')))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const isText = columns.map((column) => rows.every((row) => typeof row[column] === 'string'));
  const line = (of: readonly string[]) =>
    of
      .map((cell, i) => (isText[i] ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.slice(1).map(line)].join('\n');
}

export const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Of turns that followed one another: the median of their ratios, so that a burst of load on the machine weighs once. */
export const ratio = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((value, turn) => value / (theirs[turn] ?? Number.NaN)));
