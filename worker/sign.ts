// HMACs: the Standard Webhooks signature of a delivery, and the proof that a page's own server made a profile id.
// Spec: standard-webhooks/spec/standard-webhooks.md, "Signature scheme". Keys come in as text and are never logged.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SECRET_BYTES } from './limits.ts';

const PREFIX = 'whsec_';

/** A fresh signing secret: `whsec_` + base64 of 32 bytes. */
export const newSecret = (random: (bytes: Uint8Array) => Uint8Array): string =>
  PREFIX + Buffer.from(random(new Uint8Array(SECRET_BYTES))).toString('base64');

/**
 * The value of `webhook-signature`: one `v1,base64` for each live secret, separated by spaces.
 * `timestamp` is the attempt's, in whole seconds.
 */
export function signatures(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}

/** Whether `proof` is the hex HMAC-SHA256 of the profile id under the site's proof secret; in constant time. */
export function provesProfile(secret: string, profileId: string, proof: string | undefined): boolean {
  const expected = createHmac('sha256', secret).update(profileId).digest();
  const given = Buffer.from(proof ?? '', 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** SHA-256 in hex: what is kept of a secret that only has to be recognised. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares in constant time: digests have equal lengths whatever was sent. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
