// Where the dashboard is, for the table that `npm start` prints.
// Owns asking the running Worker whether it has one, and the link that signs in.
// Trade-off: asked over HTTP like anybody would, so the launcher knows nothing of the Worker's inside.
import { ADMIN_CALL_MS } from './limits.ts';

/** The address to open, or null where this Worker has no dashboard. */
export async function findDashboard(url: string, _adminToken: string): Promise<string | null> {
  const dashboard = `${url}/dashboard`;
  const answer = await fetch(dashboard, { redirect: 'manual', signal: AbortSignal.timeout(ADMIN_CALL_MS) });
  await answer.body?.cancel();
  return answer.status === 404 ? null : dashboard;
}
