// All operations of the admin API, in the order in which they are documented.
import { access } from './access.ts';
import { deliveries } from './deliveries.ts';
import { endpoints } from './endpoints.ts';
import { integrations } from './integrations.ts';
import type { Operation } from './operation.ts';
import { people } from './people.ts';
import { reports } from './reports.ts';
import { sites } from './sites.ts';

export const operations: Operation[] = [
  ...sites,
  ...integrations,
  ...endpoints,
  ...deliveries,
  ...reports,
  ...people,
  ...access,
];
