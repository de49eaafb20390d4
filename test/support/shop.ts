// A shop with thirty days behind it: two tools that work and one that has failed for five hours.

import { admin, type Hub } from './client.ts';
import { journalMonth, laneMonth } from './month.ts';
import { until } from './until.ts';

export const SHOP = '11111111-2222-4333-8444-555555555555';
export const TOOLS = {
  Mailchimp: 'a1111111-2222-4333-8444-555555555555',
  Slack: 'b1111111-2222-4333-8444-555555555555',
  HubSpot: 'c1111111-2222-4333-8444-555555555555',
};
const FAILS_FOR_MS = 5 * 3_600_000;

/** What its journal and lanes have published. */
export const shopKv = (now: number) => ({
  [`stats:${SHOP}:${SHOP}:0`]: journalMonth(now),
  [`stats:${SHOP}:${TOOLS.Mailchimp}:0`]: laneMonth(TOOLS.Mailchimp, now),
  [`stats:${SHOP}:${TOOLS.Slack}:0`]: laneMonth(TOOLS.Slack, now),
  [`stats:${SHOP}:${TOOLS.HubSpot}:0`]: laneMonth(TOOLS.HubSpot, now, { failingFrom: now - FAILS_FOR_MS }),
});

export async function makeShop(hub: Hub): Promise<void> {
  const origins = ['https://sundayloaf.example', 'https://*.sundayloaf.example'];
  await admin(hub, 'POST', '/v1/sites', { site_id: SHOP, site_name: 'Sunday Loaf', origins });
  for (const [name, integration_id] of Object.entries(TOOLS))
    await admin(hub, 'POST', `/v1/sites/${SHOP}/integrations`, {
      integration_id,
      name,
      url: `https://hooks.${name.toLowerCase()}.com/services/T02`,
      triggers: ['SignUpSuccess'],
    });
  await until('the shop in KV', async () => {
    const { integrations } = await admin<{ integrations: unknown[] }>(hub, 'GET', `/v1/sites/${SHOP}/stats`);
    return integrations.length === Object.keys(TOOLS).length;
  });
}
