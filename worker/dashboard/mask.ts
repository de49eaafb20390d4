// Hides on the page what a reader of deliveries has no need to see: people's data in payloads, and whatever looks like
// a secret in what a receiver answered. Pure. Trade-off: shapes stay (an address still looks like one), so that a
// wrong mapping can be seen without seeing anyone.
import { mask } from '../sample.ts';

/** Of a payload: who is not told by these. */
const PLAIN = new Set([
  'id',
  'event',
  'timestamp',
  'site_id',
  'site_name',
  'user_session_id',
  'user_profile_id',
  'integration_id',
  'webhook_trigger',
  'page_url',
  'page_title',
  'referrer',
  'language',
]);
const isPlain = (key: string, value: string) =>
  PLAIN.has(key) || key.startsWith('utm_') || /^(true|false)$/.test(value);
const SECRET_NAME = /auth|cookie|token|secret|passw|api.?key|signature|session|credential/i;
const HIDDEN = '••••••';

/** A payload, indented; without `show` the values that people typed are masked. */
export function showPayload(body: string, show: boolean): string {
  const parsed: unknown = parse(body);
  if (typeof parsed !== 'object' || parsed === null) return body;
  const shown = Object.entries(parsed).map(([key, value]) => [
    key,
    show || typeof value !== 'string' || isPlain(key, value) ? value : mask(value),
  ]);
  return JSON.stringify(Object.fromEntries(shown), null, 2);
}

/** Headers that carry secrets keep their names only. */
export const maskHeaders = (headers: Record<string, string>): [string, string][] =>
  Object.entries(headers).map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : value]);

/** What a receiver answered: secrets by the name of their key, mail addresses and tokens wherever they stand. */
export function maskAnswer(body: string): string {
  return body
    .replace(/("[^"\n]*"\s*:\s*)"((?:[^"\\]|\\.)*)"/g, (all, key: string) =>
      SECRET_NAME.test(key) ? `${key}"${HIDDEN}"` : all,
    )
    .replace(/[\w.+-]+@[\w-]+\.[\w.-]+/g, mask)
    .replace(/\b(?:whsec_|Bearer\s+|eyJ)[\w+/=.-]{8,}/g, HIDDEN);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
