import { expect, test } from 'vitest';
import { csvDownload, csvLine } from '../../worker/dashboard/csv.ts';

test('values with commas, quotes and line ends survive', () => {
  expect(csvLine(['a,b', 'say "hi"', 'two\nlines', 7, null, true])).toBe('"a,b","say ""hi""","two\nlines",7,,true\r\n');
});

test.each(['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\t=1'])('%s is no formula', (value) => {
  expect(csvLine([value]).replace(/^"/, '')).toMatch(/^'/);
});

test('a download is written page by page', async () => {
  const asked: number[] = [];
  async function* pages() {
    for (const n of [1, 2, 3]) {
      asked.push(n);
      yield [[n]];
    }
  }
  const response = csvDownload('x.csv', ['n'], pages());
  expect(asked.length).toBeLessThan(3);
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="x.csv"');
  expect(await response.text()).toBe('n\r\n1\r\n2\r\n3\r\n');
});
