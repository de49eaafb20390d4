// One attempt: the POST of one signed body to one endpoint, and what came of it. The only place of the Worker that
// calls the outside. It never throws and decides nothing: whether to try again is schedule.ts. The time allowed
// covers this attempt alone and starts with it; redirects are shown, not followed.
import type { Env } from './bindings.ts';
import { checkEndpoint, type EndpointRules, explainRefusal } from './endpoint.ts';
import { ATTEMPT_TIMEOUT_MS, RESPONSE_BYTES_MAX } from './limits.ts';
import type { Attempt } from './schedule.ts';
import { signatures } from './sign.ts';

export type Delivery = {
  /** `webhook-id`: the event's id, the same at every attempt. */
  id: string;
  url: string;
  body: string;
  secrets: readonly string[];
  /** 1 for the first. */
  attempt: number;
};

export type Outside = {
  fetch: typeof fetch;
  now: () => number;
  rules: EndpointRules;
  version: string;
};

/** The outside as this Worker reaches it: under `npm start` through a binding that refuses private networks. */
export const outsideOf = ({ EGRESS, ALLOW_PRIVATE_ENDPOINTS, VERSION = 'dev' }: Env, now: () => number): Outside => ({
  fetch: (...request) => (EGRESS ? EGRESS.fetch(...request) : fetch(...request)),
  now,
  rules: { loopback: ALLOW_PRIVATE_ENDPOINTS === 'loopback' },
  version: VERSION,
});

export async function deliver(delivery: Delivery, outside: Outside): Promise<Attempt> {
  const at = outside.now();
  const ended = (part: Partial<Attempt>): Attempt => ({
    at,
    duration_ms: outside.now() - at,
    status: null,
    error: null,
    response_headers: {},
    response_body: '',
    ...part,
  });
  const endpoint = checkEndpoint(delivery.url, outside.rules);
  if (!endpoint.ok) return ended({ error: explainRefusal(endpoint.reason) });
  const signal = AbortSignal.timeout(ATTEMPT_TIMEOUT_MS);
  try {
    const response = await outside.fetch(endpoint.value, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: headersOf(delivery, Math.floor(at / 1_000), outside.version),
      body: delivery.body,
    });
    const { status } = response;
    const answered = {
      status,
      error: response.ok ? null : `The endpoint answered ${status}.`,
      response_headers: Object.fromEntries(response.headers),
    };
    // The answer is in: a body that breaks off or takes too long changes nothing about it.
    return ended({ ...answered, response_body: await readHead(response.body).catch(() => '') });
  } catch (error) {
    return ended({ error: explainFailure(error, signal.aborted) });
  }
}

const headersOf = ({ id, body, secrets, attempt }: Delivery, timestamp: number, version: string) => ({
  'content-type': 'application/json',
  'user-agent': `hubwire/${version}`,
  'webhook-id': id,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': signatures(secrets, id, timestamp, body),
  'hubwire-attempt': String(attempt),
});

/** The first bytes of a body as text. A body read to its end lets the socket be used again; a longer one is cancelled. */
async function readHead(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  for (let bytes = 0; bytes <= RESPONSE_BYTES_MAX; ) {
    const { done, value } = await reader.read();
    if (done) return textOf(chunks);
    chunks.push(value);
    bytes += value.byteLength;
  }
  await reader.cancel();
  return textOf(chunks);
}

const textOf = (chunks: Uint8Array[]) =>
  new TextDecoder().decode(Buffer.concat(chunks).subarray(0, RESPONSE_BYTES_MAX));

/** workerd words its network errors for developers; these are for whoever has to mend the endpoint. */
function explainFailure(error: unknown, timedOut: boolean): string {
  if (timedOut) return `No answer within ${ATTEMPT_TIMEOUT_MS / 1_000} seconds.`;
  const text = error instanceof Error ? error.message : String(error);
  if (/connection lost|refused/i.test(text)) return 'The connection was refused or broke off.';
  if (/dns|resolve|not found/i.test(text)) return 'The host name could not be resolved.';
  if (/tls|ssl|certificate/i.test(text)) return 'The TLS handshake failed: check the certificate.';
  return 'The endpoint could not be reached.';
}
