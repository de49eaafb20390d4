// The balance of a site, from the objects that hold it and not from a copy: what the journals accepted, and what each
// lane made of it. Exact without a lock: a lane tells its cursor and what ended before it; the journal is asked later,
// counts from its log what matched beyond that cursor, and never changes what lies before it.
import * as z from 'zod';
import { type Env, journalOf, laneOf } from './bindings.ts';
import type { Integration, Site } from './config.ts';
import { END_STATUSES } from './delivery.ts';
import { EVENT_NAMES, type EventName } from './event.ts';
import type { JournalBooks, LaneBooks } from './rpc.ts';
import { everyShard, journalName, laneName } from './shards.ts';

const Count = z.int();

/** `GET /v1/sites/:site_id/books`. */
export const Books = z.object({
  as_of: z.iso.datetime(),
  /** Whether matching = succeeded + failed + skipped + pending holds in every row, and the logs give these figures. */
  balanced: z.boolean(),
  events: z.object({
    SiteViewed: Count,
    SignUpSuccess: Count,
    WebhookSuccess: Count,
    WebhookError: Count,
    duplicate: Count,
    refused: Count,
  }),
  /** Rows whose recount disagrees with the totals beside them: where, since when, and in what. */
  mismatches: z.array(
    z.object({
      part: z.string(),
      place: Count,
      found_at: z.iso.datetime(),
      detail: z.string(),
    }),
  ),
  integrations: z.array(
    z.object({
      integration_id: z.string(),
      triggers: z.array(
        z.object({
          event: z.enum(EVENT_NAMES),
          matching: Count,
          succeeded: Count,
          failed: Count,
          skipped: Count,
          pending: Count,
          balanced: z.boolean(),
        }),
      ),
    }),
  ),
});
export type Books = z.infer<typeof Books>;

type Shard = { journal: JournalBooks; lanes: Map<string, LaneBooks> };

export async function readBooks(
  env: Env,
  site: Site,
  integrations: readonly Integration[],
  now: number,
): Promise<Books> {
  const { shards, jurisdiction } = site.settings;
  const read = async (shard: number): Promise<Shard> => {
    const lanes = new Map(
      await Promise.all(
        integrations.map(
          async ({ integration_id: id }) => [id, await laneOf(env, { jurisdiction }, id, shard).books()] as const,
        ),
      ),
    );
    const cursors = Object.fromEntries([...lanes].map(([id, { cursor }]) => [id, cursor]));
    return { journal: await journalOf(env, { jurisdiction }, site.site_id, shard).books(cursors), lanes };
  };
  const parts = await Promise.all(everyShard(shards).map(read));
  const rows = integrations.map(({ integration_id, triggers }) => ({
    integration_id,
    triggers: EVENT_NAMES.map((event) => rowOf(parts, integration_id, event)).filter(
      ({ event, matching, succeeded, failed, skipped, pending }) =>
        triggers.includes(event) || matching + succeeded + failed + skipped + pending > 0,
    ),
  }));
  const mismatches = parts.flatMap(({ journal, lanes }, shard) => [
    ...journal.mismatches.map((it) => ({ part: `journal ${journalName(site.site_id, shard)}`, ...it })),
    ...[...lanes].flatMap(([id, lane]) =>
      lane.mismatches.map((it) => ({ part: `lane ${laneName(id, shard)}`, ...it })),
    ),
  ]);
  const total = (of: (journal: JournalBooks) => number) => parts.reduce((sum, { journal }) => sum + of(journal), 0);
  return {
    as_of: new Date(now).toISOString(),
    balanced: mismatches.length === 0 && rows.every(({ triggers }) => triggers.every(({ balanced }) => balanced)),
    mismatches,
    events: {
      SiteViewed: total(({ events }) => events.SiteViewed ?? 0),
      SignUpSuccess: total(({ events }) => events.SignUpSuccess ?? 0),
      WebhookSuccess: total(({ events }) => events.WebhookSuccess ?? 0),
      WebhookError: total(({ events }) => events.WebhookError ?? 0),
      duplicate: total(({ duplicate }) => duplicate),
      refused: total(({ refused }) => refused),
    },
    integrations: rows,
  };
}

function rowOf(parts: readonly Shard[], integrationId: string, event: EventName) {
  const row = { event, matching: 0, succeeded: 0, failed: 0, skipped: 0, pending: 0 };
  for (const { journal, lanes } of parts) {
    const [follower, lane] = [journal.followers[integrationId], lanes.get(integrationId)];
    row.matching += follower?.matching[event] ?? 0;
    row.pending += (follower?.beyond[event] ?? 0) + (lane?.waiting[event] ?? 0);
    for (const status of END_STATUSES) row[status] += lane?.triggers[event]?.[status] ?? 0;
  }
  return { ...row, balanced: row.matching === row.succeeded + row.failed + row.skipped + row.pending };
}
