// Custom headers of an integration: which names and values are taken, and how values are shown. Names are tokens and
// values visible ASCII (RFC 9110, sections 5.1 and 5.5), so that no value can end a line and begin a header of its own.
// Names that say what a delivery is, or how it travels, are ours alone. Keeping them sealed is vault.ts.
import * as z from 'zod';
import { HEADER_NAME_CHARS_MAX, HEADER_VALUE_CHARS_MAX, HEADERS_MAX, MASK_CHARS_MIN } from './limits.ts';

const DOTS = '••••';
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const VISIBLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/;
/** RFC 9110's framing and hop-by-hop fields, what a browser or Cloudflare sets, and what describes a delivery. */
const RESERVED =
  /^(content-.*|webhook-.*|hubwire-.*|cf-.*|proxy-.*|sec-.*|x-forwarded-.*|host|user-agent|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|cookie2?|set-cookie2?|date|via|forwarded|x-real-ip|accept-encoding|__proto__)$/;

/** `••••` and the last four characters; a short value shows none of itself. */
export const maskHeader = (value: string): string => DOTS + (value.length < MASK_CHARS_MIN ? '' : value.slice(-4));

/** `whsec_…` and the last four characters. */
export const maskSecret = (secret: string): string => `whsec_…${secret.slice(-4)}`;

export const isMasked = (value: string): boolean => value.startsWith(DOTS);

/** Why a header is refused, in words; null where it is fine. */
function problemOf(name: string, value: string): string | null {
  if (name.length > HEADER_NAME_CHARS_MAX || !TOKEN.test(name))
    return `must have a name of 1 to ${HEADER_NAME_CHARS_MAX} letters, digits, hyphens or underscores`;
  if (RESERVED.test(name.toLowerCase())) return 'is set by hubwire or by HTTP itself; choose another name';
  if (value.length > HEADER_VALUE_CHARS_MAX) return `must have at most ${HEADER_VALUE_CHARS_MAX} characters`;
  if (!isMasked(value) && !VISIBLE.test(value))
    return 'must be visible ASCII characters, without control characters and without spaces at its ends';
  return null;
}

/** Name → value, names in lower case. A value may be the mask that an answer showed: that keeps the stored one. */
export const Headers = z
  .record(z.string(), z.string())
  .superRefine((headers, context) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    if (names.length > HEADERS_MAX)
      context.addIssue({ code: 'custom', message: `must be at most ${HEADERS_MAX} headers` });
    for (const [name, value] of Object.entries(headers)) {
      const twice = names.indexOf(name.toLowerCase()) !== names.lastIndexOf(name.toLowerCase());
      const message = twice ? 'stands there twice; upper and lower case are the same' : problemOf(name, value);
      if (message) context.addIssue({ code: 'custom', message, path: [name] });
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  );
