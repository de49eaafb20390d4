// Rows → CSV (RFC 4180), UTF-8. Values come from strangers' forms: one that a spreadsheet would take for a formula
// gets an apostrophe in front (OWASP, "CSV Injection").

const cell = (value: string | number | boolean | null): string => {
  if (typeof value !== 'string') return String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** One line, with its end. */
export const csvLine = (row: readonly (string | number | boolean | null)[]): string => `${row.map(cell).join(',')}\r\n`;

/** A download that is written page by page: a hundred thousand rows are never in memory at once. */
export function csvDownload(
  name: string,
  head: readonly string[],
  pages: AsyncIterator<readonly (string | number | boolean | null)[][]>,
): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(csvLine(head))),
    async pull(controller) {
      const { value, done } = await pages.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value.map(csvLine).join('')));
    },
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'private, no-store',
    },
  });
}
