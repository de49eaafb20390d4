// Counts an entry that is being appended: in the totals of the journal, and for each follower that it matches. The
// only place where an event is counted; whether the counting was right is proven, by other arithmetic, in recount.ts.
// Trade-off: it changes the totals handed in, because they are written with the very rows that it counts.
import type { Follows } from './follows-tables.ts';
import type { JournalTotals } from './journal-tables.ts';
import type { EventCounts, Journaled } from './rpc.ts';

export function count(totals: JournalTotals, { n, event }: Journaled, follows: Follows): void {
  const add = (counts: EventCounts) => {
    counts[event.event] = (counts[event.event] ?? 0) + 1;
  };
  add(totals.events);
  for (const id of follows.ids()) {
    if (!follows.matches(id, n, event.event)) continue;
    totals.followers[id] ??= { matching: {}, last: 0 };
    add(totals.followers[id].matching);
    totals.followers[id].last = n;
  }
}
