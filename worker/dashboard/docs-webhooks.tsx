// What a receiver of webhooks has to know, as a section of the reference page: body, headers, what counts as received,
// and when it is tried again.

import { ATTEMPT_TIMEOUT_MS, SCHEDULE_DEFAULT_S } from '../limits.ts';
import { Code } from './parts.tsx';

const EXAMPLE = `{
  "id": "7f0c6a52-8c1e-4f0e-9c1a-2f7f3f5b7a10",
  "event": "SignUpSuccess",
  "timestamp": "2026-01-01T09:30:00.000Z",
  "site_id": "2d5776b8-158a-4216-aaa1-edbc249e005b",
  "site_name": "My site",
  "user_session_id": "b9a3c0de-5a43-4d7e-8f0f-1d2c3b4a5968",
  "plan": "gold",
  "email": "joe@bloggs.com",
  "first_name": "Joe",
  "optin": "true"
}`;

const HEADERS: [string, string][] = [
  ['webhook-id', 'the id of the event, the same at every attempt: keep it to recognise a repetition'],
  ['webhook-timestamp', 'seconds since 1970, of this attempt'],
  ['webhook-signature', 'v1,base64: HMAC-SHA256 of id.timestamp.body; during a rotation one for each live secret'],
  ['hubwire-attempt', '1 for the first attempt'],
];

const wait = (seconds: number): string =>
  seconds < 60 ? `${seconds} s` : seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`;

export const WebhookDocs = () => (
  <section class="card stack" id="webhooks">
    <h2>Webhooks</h2>
    <p>
      A POST for each event that an integration subscribed to, flat JSON, all values strings: what identifies the event,
      then the attributes of the person, then the fields of the form.
    </p>
    <Code label="a payload" text={EXAMPLE} />
    <dl class="facts">
      {HEADERS.map(([name, what]) => (
        <>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>{what}</dd>
        </>
      ))}
    </dl>
    <p>
      Where the site has <code>asymmetric</code> on, <code>v1a</code> (Ed25519) stands beside <code>v1</code>; the
      public keys are at <code>/.well-known/hubwire/{'{site_id}'}.json</code>.
    </p>
    <ul>
      <li>
        <b>Received</b> is any 2xx within {ATTEMPT_TIMEOUT_MS / 1_000} seconds. Redirects are not followed. 410 switches
        the integration off.
      </li>
      <li>
        <b>Repeated</b>, where an integration has no waits of its own, after {SCHEDULE_DEFAULT_S.map(wait).join(', ')},
        each up to 20 % longer. <code>Retry-After</code> lengthens a wait. Answers of 4xx other than 408 and 429 are
        given up after 24 hours.
      </li>
      <li>
        <b>At least once</b>: after a crash the same event may come again, with the same <code>webhook-id</code>.
      </li>
    </ul>
  </section>
);
