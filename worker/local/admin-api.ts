// The admin API as the launcher calls it: like any other client, over HTTP and with the token.
// Owns the token's header, the time limit, and turning refusals into sentences that can be shown.
// Trade-off: a refusal is thrown, for callers have one answer to all of them: to show it and go on.
import * as z from 'zod';
import { ADMIN_CALL_MS } from './limits.ts';

export type AdminApi = {
  /** Gives the body of the answer; throws what was refused and why. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The body, or null where there is no such thing. */
  find(path: string): Promise<unknown>;
};

const Refusal = z.object({ error: z.object({ message: z.string() }) });

/** The API of the hubwire at `url`. */
export function adminApi(url: string, adminToken: string): AdminApi {
  const send = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(ADMIN_CALL_MS),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  const bodyOf = (method: string, path: string, answer: { status: number; body: unknown }) => {
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    const refusal = Refusal.safeParse(answer.body);
    const why = refusal.success ? `: ${refusal.data.error.message}` : '';
    throw new Error(`${method} ${path} was answered with ${answer.status}${why}`);
  };
  return {
    async call(method, path, body) {
      return bodyOf(method, path, await send(method, path, body));
    },
    async find(path) {
      const answer = await send('GET', path);
      return answer.status === 404 ? null : bodyOf('GET', path, answer);
    },
  };
}
