// Where the dashboard is, for the table that `npm start` prints.
// Owns asking the running Worker for a link that signs in once, over the admin API like any other client would.
// Trade-off: without such a link (an older Worker, a refused token) the plain address is printed, where the admin
// token signs in.
import * as z from 'zod';
import { ADMIN_CALL_MS } from './limits.ts';

const SignInLink = z.object({ path: z.string().startsWith('/dashboard/') });

/** The address to open, or null where this Worker has no dashboard. */
export async function findDashboard(url: string, adminToken: string): Promise<string | null> {
  const answer = await fetch(`${url}/v1/sign-in-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}` },
    signal: AbortSignal.timeout(ADMIN_CALL_MS),
  });
  const link = SignInLink.safeParse(await answer.json().catch(() => null));
  return link.success ? url + link.data.path : answer.status === 404 ? null : `${url}/dashboard`;
}
