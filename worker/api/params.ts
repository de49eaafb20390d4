// The parameters that operations of the admin API share, and the shape of every list.
import * as z from 'zod';
import { Guid } from '../guid.ts';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX } from '../limits.ts';

export const OfSite = z.object({ site_id: Guid });
export const OfIntegration = OfSite.extend({ integration_id: Guid });

/** Each list adds its `?cursor`: the `next` of the page before. */
export const Paging = z.strictObject({
  limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
});

/** A cursor that is the place of a row. */
export const RowPaging = Paging.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the `next` of the page before')
    .nullable()
    .default(null),
});

export const listOf = <T extends z.ZodType>(item: T) => z.object({ data: z.array(item), next: z.string().nullable() });
