// What is wrong with an endpoint, in words, and what to do about it: for people who don't read status codes.
// Pure. It only reads what an attempt left behind; whether it is tried again is schedule.ts.
// Trade-off: advice for the likely cause; the attempt itself is always shown beside it.

export type Diagnosis = {
  /** After "it": "answers 401". */
  what: string;
  /** What to do, as an imperative without a full stop: "renew its key". */
  advice: string;
};

export type Symptom = {
  status: number | null;
  error: string | null;
  headers?: Record<string, string>;
  body?: string;
};

/** The symptom behind a line such as "The endpoint answered 401." */
export const symptomOf = (error: string): Symptom => ({
  status: Number(/\banswered (\d{3})\b/.exec(error)?.[1] ?? 0) || null,
  error,
});

/** Null where nothing is wrong. */
export function diagnose({ status, error, headers = {}, body = '' }: Symptom): Diagnosis | null {
  if (status === null) return error === null ? null : ofSilence(error);
  const answers = `answers ${status}`;
  if (status >= 200 && status < 300) {
    const isPage = /^text\/html/i.test(headers['content-type'] ?? '') || /^\s*<(!doctype|html)/i.test(body);
    if (!isPage) return null;
    const login = /password|log.?in|sign.?in/i.test(body);
    return {
      what: `${answers}, but with ${login ? 'a login page' : 'a web page'}`,
      advice: 'check that the URL is the webhook’s and not a page for people',
    };
  }
  if (status >= 300 && status < 400) {
    const to = headers.location ? ` to ${headers.location}` : '';
    return { what: `redirects${to}`, advice: 'enter the address it redirects to; redirects are not followed' };
  }
  const advice =
    ADVICE[status] ?? (status >= 500 ? SERVER_ERROR : 'look at its answer below and at the tool’s own log');
  return { what: answers, advice };
}

const SERVER_ERROR = 'the tool has a fault of its own, so wait: deliveries are repeated';
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

function ofSilence(error: string): Diagnosis {
  if (/not answer|no answer|timed? ?out/i.test(error))
    return { what: 'does not answer in time', advice: 'let it answer first and work afterwards' };
  if (/resolved|host name/i.test(error))
    return { what: 'has a host name that does not exist', advice: 'check the URL for a typing error' };
  if (/tls|certificate/i.test(error))
    return { what: 'has no valid certificate', advice: 'renew the certificate of its server' };
  if (/refused|broke off/i.test(error))
    return { what: 'refuses the connection', advice: 'check that its server runs and can be reached from outside' };
  return { what: 'cannot be reached', advice: 'check the URL and that its server runs' };
}
