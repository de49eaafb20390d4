// The version of a document of configuration, as HTTP tells it (RFC 9110, sections 8.8.3 and 13.1.1): a digest of what
// is shown, so that no counter has to be kept. Whoever changes something may say which version was meant.
import type { Reject } from './reject.ts';
import { type Fail, fail } from './result.ts';
import { digest } from './sign.ts';

const ETAG_HEX_CHARS = 24;

/** The strong ETag of a site or integration as the API shows it, without secrets. */
export const etagOf = (document: object): string => `"${digest(JSON.stringify(document)).slice(0, ETAG_HEX_CHARS)}"`;

/** The refusal where `ifMatch` is given and names another version; null where the change may be made. */
export function refuseStale(ifMatch: string | undefined, document: object, what: string): Fail<Reject> | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const asked = ifMatch.split(',').map((tag) => tag.trim());
  return asked.includes(etagOf(document)) ? null : fail({ tag: 'conflict', what, changed: true });
}
