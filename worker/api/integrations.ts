// Integrations of a site: create, list, read, change, delete, and a new secret. The rules are the Directory's.
import * as z from 'zod';
import { directoryOf } from '../bindings.ts';
import { Integration, IntegrationInput, IntegrationPatch, Overlap } from '../config.ts';
import { changing } from '../site.ts';
import { operation } from './operation.ts';
import { listOf, OfIntegration, OfSite, RowPaging } from './params.ts';

const PATH = '/v1/sites/:site_id/integrations';

export const integrations = [
  operation({
    name: 'createIntegration',
    summary: 'Create an integration. The answer is the only one that holds its signing secret.',
    method: 'post',
    path: PATH,
    params: OfSite,
    body: IntegrationInput,
    status: 201,
    answer: Integration.extend({ secret: z.string() }),
    run: ({ env, params, body, host }) =>
      changing(params.site_id, directoryOf(env).createIntegration(params.site_id, body, host)),
  }),
  operation({
    name: 'listIntegrations',
    summary: 'List the integrations of a site, oldest first.',
    method: 'get',
    path: PATH,
    params: OfSite,
    query: RowPaging,
    status: 200,
    answer: listOf(Integration),
    run: ({ env, params, query }) => directoryOf(env).listIntegrations(params.site_id, query.limit, query.cursor),
  }),
  operation({
    name: 'getIntegration',
    summary: 'Read an integration.',
    method: 'get',
    path: `${PATH}/:integration_id`,
    params: OfIntegration,
    versioned: true,
    status: 200,
    answer: Integration,
    run: ({ env, params }) => directoryOf(env).getIntegration(params.site_id, params.integration_id),
  }),
  operation({
    name: 'updateIntegration',
    summary: 'Change an integration; what is absent stays.',
    method: 'patch',
    path: `${PATH}/:integration_id`,
    params: OfIntegration,
    body: IntegrationPatch,
    versioned: true,
    status: 200,
    answer: Integration,
    run: ({ env, params, body, ifMatch, host }) =>
      changing(
        params.site_id,
        directoryOf(env).patchIntegration(params.site_id, params.integration_id, body, ifMatch, host),
      ),
  }),
  operation({
    name: 'rotateSecret',
    summary: 'Make a new signing secret, told once. The former ones sign along for overlap_seconds, a day by default.',
    method: 'post',
    path: `${PATH}/:integration_id/rotate`,
    params: OfIntegration,
    query: Overlap,
    versioned: true,
    status: 200,
    answer: Integration.extend({ secret: z.string() }),
    run: ({ env, params, query, ifMatch }) =>
      directoryOf(env).rotateSecret(params.site_id, params.integration_id, query.overlap_seconds, ifMatch),
  }),
  operation({
    name: 'deleteIntegration',
    summary: 'Delete an integration; what is still pending for it is not sent.',
    method: 'delete',
    path: `${PATH}/:integration_id`,
    params: OfIntegration,
    versioned: true,
    status: 204,
    run: ({ env, params, ifMatch }) =>
      changing(params.site_id, directoryOf(env).deleteIntegration(params.site_id, params.integration_id, ifMatch)),
  }),
];
