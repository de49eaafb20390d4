// Sites: create, list, read, change, delete. The rules are the Directory's; this says how they are asked.
import * as z from 'zod';
import { directoryOf } from '../bindings.ts';
import { Overlap, PublicKeys, Site, SiteInput, SitePatch } from '../config.ts';
import { ok } from '../result.ts';
import { changing, forgetSite } from '../site.ts';
import { operation } from './operation.ts';
import { listOf, OfSite, RowPaging } from './params.ts';

export const sites = [
  operation({
    name: 'createSite',
    summary: 'Create a site. The answer is the only one that holds proof_secret.',
    method: 'post',
    path: '/v1/sites',
    body: SiteInput,
    status: 201,
    answer: Site.extend({ proof_secret: z.string() }),
    run: async ({ env, body }) => {
      const created = await directoryOf(env).createSite(body);
      if (created.ok) forgetSite(created.value.site_id);
      return created;
    },
  }),
  operation({
    name: 'listSites',
    summary: 'List the sites, oldest first.',
    method: 'get',
    path: '/v1/sites',
    query: RowPaging,
    status: 200,
    answer: listOf(Site),
    run: async ({ env, query }) => ok(await directoryOf(env).listSites(query.limit, query.cursor)),
  }),
  operation({
    name: 'getSite',
    summary: 'Read a site.',
    method: 'get',
    path: '/v1/sites/:site_id',
    params: OfSite,
    versioned: true,
    status: 200,
    answer: Site,
    run: ({ env, params }) => directoryOf(env).getSite(params.site_id),
  }),
  operation({
    name: 'updateSite',
    summary: 'Change a site; what is absent stays.',
    method: 'patch',
    path: '/v1/sites/:site_id',
    params: OfSite,
    body: SitePatch,
    versioned: true,
    status: 200,
    answer: Site,
    run: ({ env, params, body, ifMatch }) =>
      changing(params.site_id, directoryOf(env).patchSite(params.site_id, body, ifMatch)),
  }),
  operation({
    name: 'rotateKeys',
    summary:
      "Make a new pair of the site's v1a keys. The former ones sign along for overlap_seconds, a day by default.",
    method: 'post',
    path: '/v1/sites/:site_id/keys/rotate',
    params: OfSite,
    query: Overlap,
    status: 200,
    answer: PublicKeys,
    run: ({ env, params, query }) =>
      changing(params.site_id, directoryOf(env).rotateKeys(params.site_id, query.overlap_seconds)),
  }),
  operation({
    name: 'deleteSite',
    summary: 'Delete a site with its integrations, events and records.',
    method: 'delete',
    path: '/v1/sites/:site_id',
    params: OfSite,
    versioned: true,
    status: 204,
    run: ({ env, params, ifMatch }) => changing(params.site_id, directoryOf(env).deleteSite(params.site_id, ifMatch)),
  }),
];
