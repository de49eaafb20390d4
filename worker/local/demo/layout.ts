// The frame of every demo page: head, stylesheets, and what a script-less reader still gets.
// Owns the document's shell; leaves content to the pages. Everything interpolated is escaped by hono's `html`.
// Trade-off: no inline style or script anywhere, so that the strict CSP needs no exception.
import { html } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** One document. `theme` names the stylesheet that is added to base.css. */
export function page(content: { title: string; theme: 'shop' | 'receiver'; head?: Html; body: Html }): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${content.title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/${content.theme}.css">
${content.head ?? ''}
</head>
<body>
${content.body}
</body>
</html>`;
}
