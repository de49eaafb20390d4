// Integrations of a site: create, list, read, change, delete. The rules are the Directory's.
import { z } from 'zod';
import { directoryOf } from '../bindings.ts';
import { Integration, IntegrationInput, IntegrationPatch } from '../config.ts';
import { forgetSite } from '../site.ts';
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
    run: ({ env, params, body }) => {
      forgetSite(params.site_id);
      return directoryOf(env).createIntegration(params.site_id, body);
    },
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
    run: ({ env, params, body, ifMatch }) => {
      forgetSite(params.site_id);
      return directoryOf(env).patchIntegration(params.site_id, params.integration_id, body, ifMatch);
    },
  }),
  operation({
    name: 'deleteIntegration',
    summary: 'Delete an integration; what is still pending for it is not sent.',
    method: 'delete',
    path: `${PATH}/:integration_id`,
    params: OfIntegration,
    versioned: true,
    status: 204,
    run: ({ env, params, ifMatch }) => {
      forgetSite(params.site_id);
      return directoryOf(env).deleteIntegration(params.site_id, params.integration_id, ifMatch);
    },
  }),
];
