// Erasure of a person, by profile or by session. Answered with what was taken away, not with 204: whoever has to prove
// an erasure needs the figures, and has to see where one is not complete yet. What is done is in erase-everywhere.ts.
import * as z from 'zod';
import { directoryOf } from '../bindings.ts';
import { Guid } from '../guid.ts';
import { operation } from './operation.ts';
import { OfSite } from './params.ts';

/** Events, deliveries and sets of attributes that lost their content. The records in KV follow within seconds. */
const Erased = z.object({
  events: z.int(),
  deliveries: z.int(),
  attributes: z.int(),
  /** Whether it is done everywhere. If not, it is repeated until it is; asking again does no harm. */
  complete: z.boolean(),
});

export const people = [
  operation({
    name: 'eraseProfile',
    summary: 'Erase a profile: its events, its sessions before it was known, its attributes. Counters and ids stay.',
    method: 'delete',
    path: '/v1/sites/:site_id/people/:user_profile_id',
    params: OfSite.extend({ user_profile_id: Guid }),
    status: 200,
    answer: Erased,
    run: ({ env, params }) => directoryOf(env).erase(params.site_id, { profile: params.user_profile_id }),
  }),
  operation({
    name: 'eraseSession',
    summary: 'Erase a session: all events in it and its attributes. Counters and ids stay.',
    method: 'delete',
    path: '/v1/sites/:site_id/sessions/:user_session_id',
    params: OfSite.extend({ user_session_id: Guid }),
    status: 200,
    answer: Erased,
    run: ({ env, params }) => directoryOf(env).erase(params.site_id, { session: params.user_session_id }),
  }),
];
