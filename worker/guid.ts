// The one spelling of an id: 8-4-4-4-12 hex digits in lower case, whatever its version.
import * as z from 'zod';

// Workers forbid `new Function`, which zod would otherwise try for speed. Set here because every schema passes by.
z.config({ jitless: true });

export const Guid = z.guid({ error: 'must be a GUID such as 2d5776b8-158a-4216-aaa1-edbc249e005b' }).toLowerCase();
export type Guid = z.infer<typeof Guid>;
