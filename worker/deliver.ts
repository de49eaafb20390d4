// One attempt: the POST of one signed body to one endpoint, and what came of it. The only place of the Worker that
// calls the outside. It never throws and decides nothing: whether to try again is schedule.ts, what went wrong is said
// by diagnose.ts. The time allowed covers this attempt alone and starts with it; redirects are shown, not followed.
import type { Env } from './bindings.ts';
import { Deadlines } from './deadlines.ts';
import { diagnoseAnswer, diagnoseSilence } from './diagnose.ts';
import { ATTEMPT_TIMEOUT_MS, REACH_TIMEOUT_MS } from './limits.ts';
import { readAnswer } from './read-answer.ts';
import type { Attempt } from './schedule.ts';
import { keyringOf } from './seal.ts';
import { asymmetricSignatures, signatures } from './sign.ts';
import { type Address, type Environment, type Target, targetOf } from './target.ts';

export type Delivery = Address & {
  /** `webhook-id`: the event's id, the same at every attempt. */
  id: string;
  body: string;
  /** 1 for the first. */
  attempt: number;
};

export type Outside = Environment & {
  fetch: typeof fetch;
  /** Whether the host and port of a URL take connections; null where that can't be told. */
  reach: (url: URL) => Promise<boolean | null>;
  now: () => number;
  version: string;
  deadlines: Deadlines;
};

/** The outside as this Worker reaches it: under `npm start` through a binding that refuses private networks. */
export const outsideOf = (env: Env, now: () => number): Outside => ({
  fetch: (...request) => (env.EGRESS ? env.EGRESS.fetch(...request) : fetch(...request)),
  reach: async (url) => (env.EGRESS ? connects(env.EGRESS, url) : null),
  now,
  rules: { loopback: env.ALLOW_PRIVATE_ENDPOINTS === 'loopback' },
  version: env.VERSION ?? 'dev',
  keyring: keyringOf(env.SECRETS_KEY),
  deadlines: new Deadlines(ATTEMPT_TIMEOUT_MS, now),
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
  const found = targetOf(delivery, outside, at);
  if (!found.ok) return ended(found.reason);
  const target = found.value;
  const { url } = target;
  const { timeoutMs } = outside.deadlines;
  const deadline = outside.deadlines.begin();
  const { signal } = deadline;
  try {
    const response = await outside.fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      headers: headersOf(delivery, target, Math.floor(at / 1_000), outside.version),
      body: delivery.body,
    });
    // The answer is in: a body that breaks off or takes too long changes nothing about it.
    const answer = await readAnswer(response, Object.values(target.headers));
    const { status, headers, body } = answer;
    const cut = answer.ended ? null : signal.aborted ? 'timeout' : 'broke_off';
    const diagnosis = diagnoseAnswer({ url, status, headers, body, cut, timeoutMs });
    return ended({ ...diagnosis, status, response_headers: headers, response_body: body });
  } catch (error) {
    const ending = ended({});
    const message = error instanceof Error ? error.message : String(error);
    const timedOut = signal.aborted;
    const reached = timedOut ? null : await outside.reach(url);
    return { ...ending, ...diagnoseSilence({ url, message, timedOut, reached, timeoutMs }) };
  } finally {
    deadline.end();
  }
}

/** Ours come last: no custom header takes their place. */
function headersOf({ id, body, attempt }: Delivery, target: Target, timestamp: number, version: string) {
  const signed = [
    signatures(target.secrets, id, timestamp, body),
    asymmetricSignatures(target.privateKeys, id, timestamp, body),
  ];
  return {
    ...target.headers,
    'content-type': 'application/json',
    'user-agent': `hubwire/${version}`,
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signed.filter((part) => part !== '').join(' '),
    'hubwire-attempt': String(attempt),
  };
}

/** Opens a connection and sends nothing: workerd words a refused name, address and certificate alike. */
async function connects(egress: Fetcher, { hostname, port, protocol }: URL): Promise<boolean> {
  const socket = egress.connect({
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || (protocol === 'https:' ? 443 : 80),
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), REACH_TIMEOUT_MS);
  });
  socket.closed.catch(() => {});
  const opened = await Promise.race([
    socket.opened.then(
      () => true,
      () => false,
    ),
    late,
  ]);
  clearTimeout(timer);
  socket.close().catch(() => {});
  return opened;
}
