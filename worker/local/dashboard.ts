// Where the dashboard is, for the table that `npm start` prints: a link that signs in once, so that nobody has to find
// and paste the token first. Asked over HTTP like anybody would; the launcher knows nothing of the Worker's inside.
// Trade-off: the link ends up in the terminal's history; it is short-lived and worthless once it was opened.
import { z } from 'zod';
import { adminApi } from './admin-api.ts';
import { ADMIN_CALL_MS } from './limits.ts';

const SignInLink = z.object({ path: z.string().startsWith('/') });

/** The address to open, or null where this Worker has no dashboard. */
export async function findDashboard(url: string, adminToken: string): Promise<string | null> {
  const answer = await fetch(`${url}/dashboard`, { redirect: 'manual', signal: AbortSignal.timeout(ADMIN_CALL_MS) });
  await answer.body?.cancel();
  if (answer.status === 404) return null;
  const link = SignInLink.parse(await adminApi(url, adminToken).call('POST', '/v1/sign-in-links'));
  return url + link.path;
}
