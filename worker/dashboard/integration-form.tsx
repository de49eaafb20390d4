// The form of an integration, for a new one and for a change: name, address, triggers, waits between attempts.
// Owns how it is filled in and read back; what is right is the schema's and the Directory's.
import type { Child } from 'hono/jsx';
import type { Integration } from '../config.ts';
import type { EventName } from '../event.ts';
import { MAX_PER_SECOND_MAX, SCHEDULE_DEFAULT_S } from '../limits.ts';
import type { Fields } from './form.ts';
import { INTEGRATION } from './labels.ts';
import { Field } from './parts.tsx';

export type Entered = Pick<Integration, 'name' | 'url' | 'triggers'> & {
  schedule: string;
  max_per_second: string;
  headers: string;
};

const TRIGGERS: { name: EventName; what: string }[] = [
  { name: 'SignUpSuccess', what: 'Somebody signed up: with the fields of the form.' },
  { name: 'SiteViewed', what: 'Somebody viewed a page.' },
  { name: 'WebhookSuccess', what: 'A webhook of this site was delivered.' },
  { name: 'WebhookError', what: 'A webhook of this site failed for good.' },
];

export const blank: Entered = {
  name: '',
  url: '',
  triggers: ['SignUpSuccess'],
  schedule: '',
  max_per_second: '',
  headers: '',
};

export const enteredOf = ({
  name,
  url,
  triggers,
  schedule_seconds,
  max_per_second,
  headers,
}: Integration): Entered => ({
  name,
  url,
  triggers,
  schedule: schedule_seconds.join() === SCHEDULE_DEFAULT_S.join() ? '' : schedule_seconds.join(', '),
  max_per_second: max_per_second === null ? '' : String(max_per_second),
  headers: Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n'),
});

/** What was typed, to show again, and what the API takes. An empty schedule is the usual one. */
export function readIntegration(form: Fields) {
  const schedule = form.text('schedule');
  const [name, url, triggers] = [form.text('name'), form.text('url'), form.all('triggers') as EventName[]];
  const schedule_seconds = schedule === '' ? [...SCHEDULE_DEFAULT_S] : form.lines('schedule').map(Number);
  const pace = form.text('max_per_second');
  return {
    entered: { name, url, triggers, schedule, max_per_second: pace, headers: form.text('headers') },
    input: {
      name,
      url,
      triggers,
      schedule_seconds,
      headers: headersOf(form.text('headers')),
      max_per_second: pace === '' ? null : Number(pace),
    },
  };
}

/** `Name: value`, one a line. */
const headersOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const colon = line.indexOf(':');
        return colon < 0 ? [line.trim(), ''] : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
      }),
  );

export const IntegrationFields = ({ entered, children }: { entered: Entered; children?: Child }) => (
  <>
    {children}
    <Field id="name" label={INTEGRATION.name} hint="As people here call the tool: Mailchimp, Slack, our CRM.">
      <input id="name" name="name" required maxlength={200} value={entered.name} aria-describedby="name-hint" />
    </Field>
    <Field id="url" label={INTEGRATION.url} hint="The tool shows it where it offers an incoming webhook.">
      <input
        id="url"
        name="url"
        type="url"
        required
        maxlength={2048}
        placeholder="https://"
        value={entered.url}
        aria-describedby="url-hint"
        spellcheck={false}
      />
    </Field>
    <fieldset class="checks">
      <legend>{INTEGRATION.triggers}</legend>
      {TRIGGERS.map(({ name, what }) => (
        <label>
          <input type="checkbox" name="triggers" value={name} checked={entered.triggers.includes(name)} />
          <span>
            {name}
            <small>{what}</small>
          </span>
        </label>
      ))}
    </fieldset>
    <details class="more" open={entered.headers + entered.schedule + entered.max_per_second !== ''}>
      <summary>Headers, retries and pace</summary>
      <Field
        id="headers"
        label={INTEGRATION.headers}
        hint={
          <>
            One a line, such as <code>X-Api-Key: abc</code>. Values are sealed and never shown again; a masked one stays
            as it is.
          </>
        }
      >
        <textarea id="headers" name="headers" rows={2} spellcheck={false} aria-describedby="headers-hint">
          {entered.headers}
        </textarea>
      </Field>
      <Field
        id="schedule"
        label={INTEGRATION.schedule_seconds}
        hint="Empty: 10 attempts over 75 hours (5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h)."
      >
        <input
          id="schedule"
          name="schedule"
          inputmode="numeric"
          placeholder={SCHEDULE_DEFAULT_S.join(', ')}
          value={entered.schedule}
          aria-describedby="schedule-hint"
        />
      </Field>
      <Field id="max_per_second" label={INTEGRATION.max_per_second} hint="Empty: as fast as it answers.">
        <input
          id="max_per_second"
          name="max_per_second"
          type="number"
          min={1}
          max={MAX_PER_SECOND_MAX}
          value={entered.max_per_second}
          aria-describedby="max_per_second-hint"
        />
      </Field>
    </details>
  </>
);
