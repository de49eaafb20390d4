// What a row of a log must add to the totals before it: the arithmetic of the self-check. Pure, and independent of the
// code that wrote the rows. Words name counters and figures, never content. Refused beacons and duplicates leave no
// entry behind: of them it is proven only that they never become fewer.
import { END_STATUSES } from './delivery.ts';
import { EVENT_NAMES, type EventName } from './event.ts';
import type { Segment } from './journal-rows-tables.ts';
import type { JournalTotals } from './journal-tables.ts';
import type { LaneLogRow } from './lane-rows-tables.ts';
import type { LaneTotals } from './lane-tables.ts';
import type { EventCounts } from './rpc.ts';

/** Which followers can be recounted at a position, and what they matched. */
export type Matching = {
  ids(n: number): readonly string[];
  matches(integrationId: string, n: number, name: EventName): boolean;
};

export type JournalBase = { next: number; totals: JournalTotals };
export type LaneBase = { next: number; cursor: number; totals: Pick<LaneTotals, 'triggers'> };

export function proveSegment(older: JournalBase, newer: Segment, follows: Matching): string | null {
  if (newer.first !== older.next) return `the row begins at ${newer.first}, not at ${older.next}`;
  const counted = { ...older.totals.events };
  for (const { event } of newer.entries) counted[event.event] = (counted[event.event] ?? 0) + 1;
  const events = differing(counted, newer.totals.events);
  if (events) return events;
  for (const tally of ['duplicate', 'refused'] as const)
    if (newer.totals[tally] < older.totals[tally]) return `${tally} fell to ${newer.totals[tally]}`;
  for (const id of follows.ids(newer.first)) {
    const matched = newer.entries.filter(({ n, event }) => follows.matches(id, n, event.event));
    if (!newer.totals.followers[id] && matched.length === 0) continue;
    const matching = { ...older.totals.followers[id]?.matching };
    for (const { event } of matched) matching[event.event] = (matching[event.event] ?? 0) + 1;
    const differs = differing(matching, newer.totals.followers[id]?.matching ?? {});
    if (differs) return `matching of ${id}: ${differs}`;
  }
  return null;
}

export function proveCommit(older: LaneBase, newer: LaneLogRow): string | null {
  if (newer.seq !== older.next) return `the row is ${newer.seq}, not ${older.next}`;
  if (newer.cursor < older.cursor) return `the cursor fell to ${newer.cursor}`;
  for (const status of END_STATUSES) {
    const counted: EventCounts = {};
    for (const name of EVENT_NAMES) {
      const ended = newer.settled.filter((it) => it.status === status && it.event.event === name).length;
      const again = newer.reopened.filter(([, event, was]) => was === status && event === name).length;
      counted[name] = (older.totals.triggers[name]?.[status] ?? 0) + ended - again;
    }
    const kept = Object.fromEntries(EVENT_NAMES.map((name) => [name, newer.totals.triggers[name]?.[status] ?? 0]));
    const differs = differing(counted, kept);
    if (differs) return `${status}: ${differs}`;
  }
  return null;
}

function differing(counted: EventCounts, kept: EventCounts): string | null {
  for (const name of EVENT_NAMES)
    if ((counted[name] ?? 0) !== (kept[name] ?? 0))
      return `${name} is ${kept[name] ?? 0}, counted ${counted[name] ?? 0}`;
  return null;
}
