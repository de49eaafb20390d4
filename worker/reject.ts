// The closed set of reasons for which a request is refused, and the one switch that turns a reason into
// the public answer. The answer says less than the log: what is in `detail` is for the log alone.
import { RETRY_AFTER_RATE_S, RETRY_AFTER_UNAVAILABLE_S } from './limits.ts';

export type Issue = { path: string; message: string };

export type Reject =
  | { tag: 'invalid_json' }
  | { tag: 'invalid_beacon'; issues: Issue[] }
  | { tag: 'unauthorized' }
  | { tag: 'origin_not_allowed' }
  | { tag: 'unknown_site' }
  | { tag: 'not_found'; what: string }
  | { tag: 'method_not_allowed'; allow: string }
  /** `changed`: it is no longer the version that If-Match names; else there is one already. */
  | { tag: 'conflict'; what: string; changed?: true }
  | { tag: 'too_large'; bytes_max: number }
  | { tag: 'unsupported_media_type' }
  | { tag: 'invalid'; issues: Issue[] }
  | { tag: 'rate_limited' }
  /** `advice`: told to the caller, who can do something about it; only where that is an admin. */
  | { tag: 'unavailable'; detail: string; advice?: string };

export type Answer = {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 503;
  headers: Record<string, string>;
  body: { error: { code: Reject['tag']; message: string; issues?: Issue[] } };
};

/** What the outside is told. `error.code` is stable; `error.message` is for people. */
export function toAnswer(reject: Reject): Answer {
  const answer = (status: Answer['status'], message: string, headers = {}, issues?: Issue[]): Answer => ({
    status,
    headers,
    body: { error: issues ? { code: reject.tag, message, issues } : { code: reject.tag, message } },
  });
  switch (reject.tag) {
    case 'invalid_json':
      return answer(400, 'The body is not JSON in UTF-8.');
    case 'invalid_beacon':
      return answer(400, 'The body is JSON, but not a beacon.', {}, reject.issues);
    case 'unauthorized':
      return answer(401, 'Send the admin token as "Authorization: Bearer …".', { 'www-authenticate': 'Bearer' });
    case 'origin_not_allowed':
      return answer(403, "This page's origin is not one of the site's origins. Add it to the site.");
    case 'unknown_site':
      return answer(404, 'There is no site with this site_id.');
    case 'not_found':
      return answer(404, `There is no such ${reject.what}.`);
    case 'method_not_allowed':
      return answer(405, `This address takes ${reject.allow}.`, { allow: reject.allow });
    case 'conflict':
      return answer(
        409,
        reject.changed
          ? `The ${reject.what} has changed since you read it. Read it again, then repeat your change.`
          : `There is already such ${/^[aeiou]/.test(reject.what) ? 'an' : 'a'} ${reject.what}.`,
      );
    case 'too_large':
      return answer(413, `The body is larger than ${reject.bytes_max} bytes.`);
    case 'unsupported_media_type':
      return answer(415, 'Send text/plain or application/json.');
    case 'invalid':
      return answer(422, 'Some values are not valid.', {}, reject.issues);
    case 'rate_limited':
      return answer(429, 'Too many beacons from this address.', { 'retry-after': String(RETRY_AFTER_RATE_S) });
    case 'unavailable':
      if (reject.advice !== undefined) return answer(503, reject.advice);
      return answer(503, 'Not accepted; send it again later.', { 'retry-after': String(RETRY_AFTER_UNAVAILABLE_S) });
  }
}

/** The answer as a JSON response. */
export function refuse(reject: Reject, headers: Record<string, string> = {}): Response {
  const answer = toAnswer(reject);
  return Response.json(answer.body, { status: answer.status, headers: { ...headers, ...answer.headers } });
}

type SchemaIssue = { path: PropertyKey[]; message: string; code?: string; keys?: string[] };

/** zod's issues in the public form: a dotted path and a sentence. Of keys that are not known, each has its own. */
export const toIssues = (error: { issues: readonly SchemaIssue[] }): Issue[] =>
  error.issues.flatMap(({ path, message, code, keys }) =>
    code === 'unrecognized_keys' && keys
      ? keys.map((key) => ({ path: dotted([...path, key]), message: 'There is no such key.' }))
      : { path: dotted(path), message },
  );
const dotted = (path: PropertyKey[]) => path.map(String).join('.');
