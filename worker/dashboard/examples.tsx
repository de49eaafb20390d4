// What an integration gets for each of its triggers: the payload of the site's own last event of that kind, its values
// masked; an invented one where there was none yet. Made by the same code that makes deliveries.
import { journalOf } from '../bindings.ts';
import type { Integration } from '../config.ts';
import type { EventName } from '../event.ts';
import { payload } from '../payload.ts';
import { sampleOf } from '../sample.ts';
import { showPayload } from './mask.ts';
import type { PageContext } from './page.ts';
import { Code } from './parts.tsx';
import type { Found } from './site-of.ts';

export type Example = { event: EventName; body: string; own: boolean };

export async function readExamples(c: PageContext, { site }: Found, integration: Integration): Promise<Example[]> {
  const { integration_id, triggers, created_at } = integration;
  const journal = journalOf(c.env, site.settings, site.site_id, 0);
  return Promise.all(
    triggers.map(async (event) => {
      const last = await journal.latest(event);
      const made = {
        id: integration_id,
        now: Date.parse(last?.timestamp ?? created_at),
        integrationId: integration_id,
      };
      return { event, body: payload(sampleOf(event, last, made), site), own: last !== null };
    }),
  );
}

export const Examples = ({ examples }: { examples: Example[] }) => (
  <section class="card stack">
    <h2>What it gets</h2>
    {examples.map(({ event, body, own }) => (
      <details name="examples">
        <summary>{event}</summary>
        <Code label={`a payload of ${event}`} text={showPayload(body, true)} />
        <p class="hint">{own ? 'From this site’s last one, its values masked.' : 'Invented: there was none yet.'}</p>
      </details>
    ))}
  </section>
);
