// Small things that pages are made of: times, numbers, states, notices, form fields, code to copy.
// Each is right without script; the script turns times into the viewer's zone and adds copy buttons.
import type { Child } from 'hono/jsx';

/** A moment; without script in UTC. `as`: "clock" where the day is clear. */
export const Time = ({ at, as = 'full' }: { at: number | string; as?: 'full' | 'clock' | 'ago' }) => {
  const iso = new Date(at).toISOString();
  const text = as === 'clock' ? iso.slice(11, 16) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
  return <time datetime={iso} data-as={as}>{`${text} UTC`}</time>;
};

export const group = (n: number): string => n.toLocaleString('en');
export const percent = (ratio: number | null): string =>
  ratio === null
    ? '–'
    : `${(ratio * 100).toLocaleString('en', { maximumFractionDigits: ratio > 0.999 || ratio < 0.1 ? 2 : 1 })} %`;
export const millis = (ms: number | null): string =>
  ms === null ? '–' : ms < 1_000 ? `${ms} ms` : `${(ms / 1_000).toLocaleString('en', { maximumFractionDigits: 1 })} s`;

const STATES = {
  ok: ['good', 'Working'],
  failing: ['bad', 'Failing'],
  disabled: ['idle', 'Switched off'],
  pending: ['idle', 'Pending'],
  retrying: ['warn', 'Retrying'],
  succeeded: ['good', 'Succeeded'],
  failed: ['bad', 'Failed'],
  skipped: ['idle', 'Skipped'],
} as const;

export const wordOf = (state: keyof typeof STATES): string => STATES[state][1];

/** A state in a word, told apart by more than colour. */
export const State = ({ state }: { state: keyof typeof STATES }) => {
  const [tone, word] = STATES[state];
  return (
    <span class="state" data-tone={tone}>
      {word}
    </span>
  );
};

const NOTICES: Record<string, string> = {
  saved: 'Saved. It takes effect within a minute, everywhere.',
  'site-created': 'The site is there. Next: put the tag on its pages.',
  'site-deleted': 'The site is deleted, with its integrations and records.',
  'integration-deleted': 'The integration is deleted. What was pending for it is not sent.',
  enabled: 'The integration is switched on.',
  disabled: 'The integration is switched off. Events are recorded as skipped until it is switched on again.',
  revoked: 'The link is revoked. Whoever came in by it is out.',
  replayed: 'It is sent again now.',
  'replayed-all': 'They are sent again now, one after the other.',
};

/** What the form before this page has done. */
export const Done = ({ done }: { done: string | undefined }) =>
  done && NOTICES[done] ? (
    <p class="notice" data-tone="good" role="status">
      {NOTICES[done]}
    </p>
  ) : null;

export const Field = (props: { label: string; hint?: Child; id: string; children: Child }) => (
  <div class="field">
    <label for={props.id}>{props.label}</label>
    {props.children}
    {props.hint && (
      <p class="hint" id={`${props.id}-hint`}>
        {props.hint}
      </p>
    )}
  </div>
);

/** Text to copy; the script adds the button. */
export const Code = ({ text, label }: { text: string; label: string }) => (
  <section class="code" data-copy={label} aria-label={label}>
    <pre tabindex={0}>
      <code>{text}</code>
    </pre>
  </section>
);

/** `aside`: beside the head of the row where the screen is narrow. */
type Column = string | readonly [name: string, kind: 'number' | 'name' | 'wide' | 'aside'];

/** Where the screen is narrow its rows are stacked, and each cell says what it is. The first cell heads its row. */
export const Table = (props: { caption: string; columns: readonly Column[]; rows: Child[][] }) => {
  const columns = props.columns.map((column) => (typeof column === 'string' ? ([column, undefined] as const) : column));
  return (
    <section class="table" aria-label={props.caption} tabindex={0}>
      <table>
        <thead>
          <tr>
            {columns.map(([name, kind]) => (
              <th scope="col" class={kind}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map(([head, ...cells]) => (
            <tr>
              <th scope="row" class={columns[0]?.[1]}>
                {head}
              </th>
              {cells.map((cell, i) => (
                <td class={columns[i + 1]?.[1]} data-label={columns[i + 1]?.[0]}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** Nothing here yet, and what to do next. */
export const Empty = ({ title, children }: { title: string; children?: Child }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
);
