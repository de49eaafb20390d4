// Sites: create, list, read, change, delete. The rules are the Directory's; this says how they are asked.
import { z } from 'zod';
import { directoryOf } from '../bindings.ts';
import { Site, SiteInput, SitePatch } from '../config.ts';
import { ok } from '../result.ts';
import { forgetSite } from '../site.ts';
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
    run: async ({ env, params, body, ifMatch }) => {
      forgetSite(params.site_id);
      return directoryOf(env).patchSite(params.site_id, body, ifMatch);
    },
  }),
  operation({
    name: 'deleteSite',
    summary: 'Delete a site with its integrations, events and records.',
    method: 'delete',
    path: '/v1/sites/:site_id',
    params: OfSite,
    versioned: true,
    status: 204,
    run: async ({ env, params, ifMatch }) => {
      forgetSite(params.site_id);
      return directoryOf(env).deleteSite(params.site_id, ifMatch);
    },
  }),
];
