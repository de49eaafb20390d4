// The receiver's page: every webhook that came, newest first, with what a receiver should check.
// Owns how one webhook looks; live.js only puts the same card on top as it comes. A reload shows all without script.
// Trade-off: bodies are rendered line by line on the server, so that values can only ever be text.
import { html } from 'hono/html';
import { DEMO_SCHEDULE_S, INBOX_MAX } from '../limits.ts';
import type { Shown } from './inbox.ts';
import { type Html, page } from './layout.ts';
import type { Mode } from './receive.ts';

const EVENTS = ['SiteViewed', 'SignUpSuccess', 'WebhookSuccess', 'WebhookError'];

const SWITCH: readonly { mode: Mode; name: string; meaning: string }[] = [
  { mode: 'ok', name: 'works', meaning: 'Answers 200 to what is signed, 401 to what is not.' },
  {
    mode: 'fail',
    name: 'fails',
    meaning: `Answers 500. hubwire tries again after ${DEMO_SCHEDULE_S.join(', ')} s, then raises WebhookError.`,
  },
  { mode: 'hang', name: 'hangs', meaning: 'Never answers. Each attempt times out after 15 s and is repeated.' },
  {
    mode: 'gone',
    name: 'is gone',
    meaning: 'Answers 410: hubwire disables the integration. Any other choice enables it again.',
  },
];

/** The whole page; `event` shows one kind only. */
export function receiverPage(content: { items: readonly Shown[]; event: string | null; mode: Mode }): Html {
  const { items, event, mode } = content;
  const shown = items.filter((item) => event === null || item.event === event).reverse();
  const last = items.at(-1)?.seq ?? 0;
  const query = event === null ? '' : `&event=${encodeURIComponent(event)}`;
  return page({
    title: 'Demo receiver · hubwire',
    theme: 'receiver',
    head: html`<script defer src="/live.js"></script>`,
    body: html`<header class="bar">
  <h1>Demo receiver</h1>
  <p id="live" class="live" role="status" data-state="off">Reload to see what is new</p>
  <a class="quiet" href="/">Sign-up page</a>
</header>
<main class="receiver">
  <section class="controls" aria-label="How the receiver behaves">
    <b>This receiver</b>
    <form class="switch" method="post" action="/receiver/mode">
      ${SWITCH.map(
        (choice) =>
          html`<button name="mode" value="${choice.mode}" aria-pressed="${String(choice.mode === mode)}">${choice.name}</button>`,
      )}
    </form>
    <p>${SWITCH.find((choice) => choice.mode === mode)?.meaning}</p>
  </section>
  <nav class="filter" aria-label="Events">
    <a href="/receiver" ${event === null ? html`aria-current="page"` : ''}>All</a>
    ${EVENTS.map(
      (name) => html`<a href="/receiver?event=${name}" ${event === name ? html`aria-current="page"` : ''}>${name}</a>`,
    )}
    <form method="post" action="/receiver/clear"><button class="plain">Clear</button></form>
  </nav>
  <ol id="inbox" class="inbox" data-stream="/receiver/stream?after=${last}${query}" data-max="${INBOX_MAX}">${shown.map(
    receivedCard,
  )}</ol>
  <p class="empty">Nothing has come yet. Open the <a href="/">sign-up page</a>: its view is the first webhook, your sign-up
    the next.</p>
</main>`,
  });
}

/** One webhook as a list item. */
export function receivedCard(item: Shown): Html {
  const answer = item.answer === null ? 'no answer' : `answered ${item.answer}`;
  return html`<li class="hook" data-event="${item.event}">
  <details ${item.event === 'SignUpSuccess' ? 'open' : ''}>
    <summary>
      <span class="event">${item.event}</span>
      <span class="seal" data-ok="${String(item.verified)}">${item.verified ? '✓ signature verified' : '✗ signature refused'}</span>
      <span class="attempt" data-first="${String(item.attempt === 1)}">attempt ${item.attempt}</span>
      <span class="answer" data-status="${item.answer ?? 'none'}">${answer}</span>
      <time datetime="${item.at.toISOString()}">${clock(item.at)}</time>
    </summary>
    ${item.problem === null ? '' : html`<p class="problem">${item.problem}</p>`}
    <p class="id">webhook-id ${item.id}</p>
    <pre tabindex="0"><code>${prettyLines(item.body)}</code></pre>
  </details>
</li>`;
}

/** JSON with keys and values told apart; anything else as it came. */
function prettyLines(body: string): Html[] | string {
  let pretty: string;
  try {
    pretty = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
  return pretty.split('\n').map((line) => {
    const [, indent, key, value] = /^(\s*)("(?:[^"\\]|\\.)*"): (.*)$/.exec(line) ?? [];
    return key === undefined
      ? html`${line}\n`
      : html`${indent}<span class="key">${key}</span>: <span class="value">${value}</span>\n`;
  });
}

function clock(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const millis = String(at.getMilliseconds()).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${millis}`;
}
