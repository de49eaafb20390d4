// The last error of an endpoint in half a line, for the one line on the state of a site: what it does, and what to do.
// Pure. The whole sentence is diagnose.ts of the Worker, and is shown wherever there is room; this reads it.
export type Brief = {
  /** After "it": "answers 401". */
  what: string;
  /** What to do, as an imperative without a full stop: "renew its key". */
  advice: string;
};

const TOOL_FAULT = 'the tool has a fault of its own, so wait: deliveries are repeated';
const UNCLEAR = 'look at its answer and at the tool’s own log';
const ADVICE: Record<number, string> = {
  400: 'compare the payload with what the tool expects',
  401: 'renew its key',
  403: 'let the tool accept this sender, or check the signing secret there',
  404: 'check the URL: there is nothing at this address',
  405: 'check the URL: this address takes no POST',
  408: 'wait: the tool is too slow, and deliveries are repeated',
  410: 'make a new webhook in the tool and enter its URL: the old one was deleted',
  413: 'let the tool accept larger payloads',
  415: 'let the tool accept JSON',
  422: 'compare the payload with what the tool expects',
  429: 'wait: it asks for a slower pace and gets it',
};

/** What the sentences of worker/diagnose.ts say where there was no answer. */
const SILENCES: [RegExp, Brief][] = [
  [/ did not answer /, { what: 'does not answer in time', advice: 'let it answer first and work afterwards' }],
  [/ does not resolve/, { what: 'has a host name that does not exist', advice: 'check the URL for a typing error' }],
  [/^No TLS connection/, { what: 'has no valid certificate', advice: 'renew the certificate of its server' }],
  [/ refused the connection| broke off/, { what: 'refuses the connection', advice: 'check that its server runs' }],
  [/ could not be reached/, { what: 'cannot be reached', advice: 'check the URL and that its server runs' }],
];

/** `error`: a sentence of the log. Null where it is none of an endpoint's, and speaks for itself. */
export function brief(error: string): Brief | null {
  const silence = SILENCES.find(([pattern]) => pattern.test(error));
  if (silence) return silence[1];
  const status = Number(/\banswered (\d{3})\b/.exec(error)?.[1] ?? 0);
  if (status === 0) return null;
  if (status < 400)
    return { what: 'redirects', advice: 'enter the address it redirects to; redirects are not followed' };
  return { what: `answers ${status}`, advice: ADVICE[status] ?? (status >= 500 ? TOOL_FAULT : UNCLEAR) };
}
