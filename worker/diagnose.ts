// What came of an attempt → what went wrong and what to do, in words for whoever has to mend it. Pure. A tag stands
// beside the sentence for programs. A 2xx is a success whatever its body says; it may carry a warning. What workerd's
// errors mean was found by experiment (test/flow/deliver.test.ts): it words them alike, so `reached` tells them apart.
import { QUOTE_CHARS_MAX } from './limits.ts';

export const CAUSES = [
  'endpoint_refused',
  'secrets_closed',
  'dns',
  'refused',
  'broke_off',
  'tls',
  'timeout',
  'network',
  'redirect',
  'not_allowed',
  'not_found',
  'gone',
  'method',
  'too_large',
  'media_type',
  'rate_limited',
  'client_error',
  'server_error',
] as const;
export type Cause = (typeof CAUSES)[number];

/** After a failure `error` and its tag; after a success, at most a warning. */
export type Diagnosis = { cause?: Cause; error: string | null; warning?: string };

export type Answer = {
  url: URL;
  status: number;
  headers: Record<string, string>;
  /** As much of it as is kept. */
  body: string;
  /** Why the body did not come to its end, where it did not. */
  cut: 'timeout' | 'broke_off' | null;
  timeoutMs: number;
};

export type Silence = {
  url: URL;
  /** Of the error that was thrown. */
  message: string;
  timedOut: boolean;
  /** Whether the host and port take connections; null where that is not known. */
  reached: boolean | null;
  timeoutMs: number;
};

const failed = (cause: Cause, error: string): Diagnosis => ({ cause, error });

/** No answer at all. */
export function diagnoseSilence({ url, message, timedOut, reached, timeoutMs }: Silence): Diagnosis {
  const { host } = url;
  const https = url.protocol === 'https:';
  if (timedOut)
    return failed(
      'timeout',
      `${host} did not answer within ${timeoutMs / 1_000} seconds. Let the receiver answer at once, with 202, and do its work afterwards.`,
    );
  if (/connection lost|disconnected|reset/i.test(message))
    return reached === false
      ? failed('refused', `${host} refused the connection. Check that the receiver is running and reachable there.`)
      : failed(
          'broke_off',
          `The connection to ${host} broke off before an answer came. Look for a crash, or a proxy's limit, in the receiver's log of that time.`,
        );
  if (reached === false)
    return failed(
      'dns',
      `The host name ${url.hostname} does not resolve to a public address. Check its spelling in the URL, and its DNS record.`,
    );
  if (reached === true && https) return failed('tls', noTls(host));
  return failed(
    'network',
    `${host} could not be reached. Check the URL, the DNS record${https ? ', the certificate' : ''}, and that the receiver is running.`,
  );
}

const noTls = (host: string) =>
  `No TLS connection to ${host} could be made. Check that it speaks https on this port, and that its certificate is valid, made for this name, and sent with its intermediates.`;

/** Any answer, by its status and what else it shows. */
export function diagnoseAnswer(answer: Answer): Diagnosis {
  const { status } = answer;
  if (status >= 200 && status < 300) return { error: null, ...warningOf(answer) };
  if (status >= 300 && status < 400) return diagnoseRedirect(answer);
  return byCloudflare(answer) ?? byStatus(status);
}

function byStatus(status: number): Diagnosis {
  const said = (cause: Cause, words: string) => failed(cause, `The endpoint answered ${status}: ${words}`);
  switch (status) {
    case 401:
    case 407:
      return said(
        'not_allowed',
        'it does not know who is calling. Check the signing secret on its side, or the custom header (an API key, for instance) that it expects.',
      );
    case 403:
      return said(
        'not_allowed',
        'it forbids the call. Check the signing secret or custom header that it expects, and whether a firewall or bot protection stands before it.',
      );
    case 404:
      return said('not_found', "there is nothing at this address. Check the URL's path.");
    case 405:
      return said('method', 'this address takes no POST. Check the URL.');
    case 408:
    case 425:
      return said('server_error', 'it asks to be called again, which happens. If it goes on, look at its load.');
    case 410:
      return said(
        'gone',
        'it asks never to be called again. Enable the integration when it is to be called after all.',
      );
    case 413:
      return said(
        'too_large',
        'the body is larger than it takes. Raise the limit of the receiver or of its proxy (nginx: client_max_body_size).',
      );
    case 415:
      return said('media_type', 'it does not take application/json. Let the receiver read JSON.');
    case 429:
      return said('rate_limited', "too many at a time. Lower the integration's max_per_second if it goes on.");
    case 502:
    case 503:
    case 504:
      return said('server_error', 'the receiver is down, starting or overloaded, says what stands before it.');
    default:
      return status >= 500
        ? said('server_error', 'an error in the receiver. Look in its log of that time.')
        : said('client_error', 'it did not accept this delivery. Its answer may say why.');
  }
}

/** What Cloudflare answers for a receiver that it can't reach; a Worker's own fetch gets them, too. */
function byCloudflare({ status, url, body }: Answer): Diagnosis | null {
  const said = (cause: Cause, words: string) => failed(cause, `${words} (${status} from Cloudflare)`);
  switch (status) {
    case 521:
      return said('refused', `${url.host} refused the connection. Check that the receiver is running and reachable.`);
    case 522:
    case 524:
      return said('timeout', `${url.host} did not answer in time. Let the receiver answer at once, with 202.`);
    case 520:
    case 523:
      return said('network', `${url.host} could not be reached, or broke off. Check that the receiver is running.`);
    case 525:
    case 526:
      return said('tls', noTls(url.host));
    case 530:
      return /\b1016\b/.test(body)
        ? said(
            'dns',
            `The host name ${url.hostname} does not resolve. Check its spelling in the URL, and its DNS record.`,
          )
        : said('network', `${url.host} could not be reached.`);
    default:
      return null;
  }
}

function diagnoseRedirect({ status, url, headers }: Answer): Diagnosis {
  const location = headers.location ? URL.parse(headers.location, url.href) : null;
  if (!location) return failed('redirect', `The endpoint answered ${status}, which is no success. Let it answer 200.`);
  const target = `${location.origin}${location.pathname}`.slice(0, QUOTE_CHARS_MAX);
  const advice = LOGIN_PATH.test(location.pathname)
    ? 'That looks like a login: let this address in without one, and check the signature instead.'
    : "Redirects are not followed: enter that address as the integration's URL, if it is yours.";
  return failed('redirect', `The endpoint answered ${status} and points to ${target}. ${advice}`);
}

const LOGIN_PATH = /(^|[/._-])(log[-_]?in|sign[-_]?in|oauth2?|auth|sso|sessions?)([/._-]|$)/i;
const PASSWORD_FIELD = /<input[^>]+type\s*=\s*["']?password/i;
const LOGIN_TITLE = /<title[^>]*>[^<]*(log.?in|sign.?in|anmeld|connexion|iniciar sesi|acced|inloggen|logga in|entrar)/i;

function warningOf({ status, headers, body, cut, timeoutMs }: Answer): { warning?: string } {
  const isPage = /^text\/html|xhtml/i.test(headers['content-type'] ?? '') && /<html|<!doctype html|<body/i.test(body);
  if (isPage && (PASSWORD_FIELD.test(body) || LOGIN_TITLE.test(body)))
    return {
      warning: `The endpoint answered ${status}, but with a login page: most likely nothing received the delivery. Let this address in without a login, and check the signature instead.`,
    };
  if (isPage)
    return {
      warning: `The endpoint answered ${status}, but with a web page. Check that the URL is that of a receiver, not of a page.`,
    };
  if (cut === 'timeout')
    return {
      warning: `The endpoint answered ${status}, but its body had not ended after ${timeoutMs / 1_000} seconds.`,
    };
  return {};
}
