// Ways into the dashboard, for programs: a link that signs in once (the launcher prints one), and view-only links to a
// site. The rules are the Directory's.
import * as z from 'zod';
import { CreatedViewLink, type LinkPlace, SignInLink, ViewLink, ViewLinkInput } from '../access-links.ts';
import { directoryOf } from '../bindings.ts';
import { Guid } from '../guid.ts';
import { ok } from '../result.ts';
import { operation } from './operation.ts';
import { listOf, OfSite, Paging } from './params.ts';

const PATH = '/v1/sites/:site_id/view-links';

const LinkCursor = z
  .string()
  .regex(/^\d{1,16}\.[0-9a-f-]{36}$/, 'must be the `next` of the page before')
  .transform((text): LinkPlace => ({ created_at: Number(text.split('.')[0]), link_id: text.split('.')[1] ?? '' }));
const toLinkCursor = ({ created_at, link_id }: ViewLink) => `${Date.parse(created_at)}.${link_id}`;

export const access = [
  operation({
    name: 'createSignInLink',
    summary: 'Make a path that signs a browser in to the dashboard, once.',
    method: 'post',
    path: '/v1/sign-in-links',
    status: 201,
    answer: SignInLink,
    run: async ({ env }) => ok(await directoryOf(env).access.createSignInLink()),
  }),
  operation({
    name: 'createViewLink',
    summary: 'Make a link that shows the dashboard of one site and can change nothing. Told once.',
    method: 'post',
    path: PATH,
    params: OfSite,
    body: ViewLinkInput,
    status: 201,
    answer: CreatedViewLink,
    run: async ({ env, params, body }) => directoryOf(env).access.createViewLink(params.site_id, body),
  }),
  operation({
    name: 'listViewLinks',
    summary: 'List the view-only links of a site that still work, newest first.',
    method: 'get',
    path: PATH,
    params: OfSite,
    query: Paging.extend({ cursor: LinkCursor.optional() }),
    status: 200,
    answer: listOf(ViewLink),
    run: async ({ env, params, query: { limit, cursor = null } }) => {
      const links = await directoryOf(env).access.listViewLinks(params.site_id, limit + 1, cursor);
      if (!links.ok) return links;
      const data = links.value.slice(0, limit);
      const last = data.at(-1);
      return ok({ data, next: last && links.value.length > limit ? toLinkCursor(last) : null });
    },
  }),
  operation({
    name: 'revokeViewLink',
    summary: 'Revoke a view-only link; whoever came in by it is out at once.',
    method: 'delete',
    path: `${PATH}/:link_id`,
    params: OfSite.extend({ link_id: Guid }),
    status: 204,
    run: async ({ env, params }) => directoryOf(env).access.revokeViewLink(params.site_id, params.link_id),
  }),
];
