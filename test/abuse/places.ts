// The addresses of the dashboard that name a site: what can be seen, and what can be changed. Whoever adds a page or a
// form adds it here, so that it is tried with a view-only link, from another site and with another site's ids.
// Below `/dashboard`; `ids` need not be those of `site`.

/** A site and what it has, by id. */
export type Shop = { siteId: string; tool: string; event: string; link: string; name: string };

/** Every page of a site, with the ids of `ids`. */
export const pagesOf = (site: string, ids: Shop): string[] =>
  [
    '',
    '/deliveries',
    `/deliveries?integration_id=${ids.tool}`,
    `/deliveries?search=${ids.event}`,
    `/deliveries/${ids.event}/${ids.tool}`,
    `/deliveries/${ids.event}/${ids.tool}?show=values`,
    '/deliveries/replay',
    `/deliveries/replay?integration_id=${ids.tool}`,
    '/deliveries.csv',
    `/deliveries.csv?integration_id=${ids.tool}`,
    '/stats.csv',
    '/books',
    '/books.csv',
    '/integrations',
    '/integrations/new',
    `/integrations/${ids.tool}`,
    '/setup',
    '/settings',
  ].map((page) => `/sites/${site}${page}`);

/** Every form of the dashboard that changes something. */
export const formsOf = (site: string, ids: Shop): string[] =>
  [
    `/deliveries/${ids.event}/${ids.tool}/replay`,
    '/deliveries/replay',
    '/integrations/new',
    ...['', '/test', '/rotate', '/enable', '/disable', '/delete'].map((it) => `/integrations/${ids.tool}${it}`),
    '/settings',
    '/settings/links',
    `/settings/links/${ids.link}/revoke`,
    '/settings/erase',
    '/settings/delete',
  ].map((form) => `/sites/${site}${form}`);
