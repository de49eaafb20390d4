// The filters of the list of deliveries, between its address (`?status=failed&within=24h`) and what the lanes are asked.
// Wrong values in an address count as absent: a link that somebody shortened still shows something.
import * as z from 'zod';
import { Cursor, DELIVERY_STATUSES, type DeliveryFilter, toCursor } from '../delivery.ts';
import { EVENT_NAMES } from '../event.ts';
import { Guid } from '../guid.ts';
import { DAY_MS } from '../limits.ts';

export const WITHIN = { '1h': DAY_MS / 24, '24h': DAY_MS, '7d': 7 * DAY_MS, '30d': 30 * DAY_MS } as const;
export const WITHIN_NAMES = { '1h': 'Last hour', '24h': 'Last 24 hours', '7d': 'Last 7 days', '30d': 'Last 30 days' };

const absent = <T extends z.ZodType>(shape: T) => shape.optional().catch(undefined);
const Query = z.object({
  status: absent(z.enum(DELIVERY_STATUSES)),
  integration_id: absent(Guid),
  event: absent(z.enum(EVENT_NAMES)),
  within: absent(z.enum(['1h', '24h', '7d', '30d'])),
  search: absent(z.string().trim().max(36)),
});
export type Filters = z.infer<typeof Query>;

export const readFilters = (query: Record<string, string>): Filters => Query.parse(query);

/** `now` in ms. */
export function toDeliveryFilter({ within, search: _, ...rest }: Filters, now: number): DeliveryFilter {
  return { ...rest, ...(within && { since: now - WITHIN[within] }) };
}

/** The filters as a query, with changes; without the leading "?". */
export function toQuery(filters: Filters, change: Record<string, string> = {}): string {
  const entries = Object.entries({ ...filters, ...change }).filter((entry): entry is [string, string] => !!entry[1]);
  return new URLSearchParams(entries).toString();
}

/** What leads from a delivery back to the page of the list that it was found on: filters and place, as a query. */
export function placeOf(query: Record<string, string>): string {
  const { data: place } = Cursor.safeParse(query.cursor);
  return toQuery(readFilters(query), place && { cursor: toCursor(place) });
}
