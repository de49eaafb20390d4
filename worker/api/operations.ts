// All operations of the admin API, in the order in which they are documented.
import { access } from './access.ts';
import { integrations } from './integrations.ts';
import type { Operation } from './operation.ts';
import { reports } from './reports.ts';
import { sites } from './sites.ts';

export const operations: Operation[] = [...sites, ...integrations, ...reports, ...access];
