// A browser without a window: signs in to the dashboard, opens its pages and sends its forms over HTTP.
import type { Hub } from './client.ts';

/** A form as the dashboard's own pages send it; `more` overrides its headers. */
export const sendForm = (
  url: string,
  fields: Record<string, string>,
  cookie = '',
  more: Record<string, string> = {},
): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...more },
    body: new URLSearchParams(fields),
  });

export const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? '';

/** The cookie of an admin. */
export const signIn = async ({ url, adminToken }: Hub): Promise<string> =>
  cookieOf(await sendForm(`${url}/dashboard/sign-in`, { token: adminToken }));
