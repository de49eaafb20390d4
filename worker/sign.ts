// Signatures: the two of Standard Webhooks for a delivery, and the proof that a page's own server made a profile id.
// Spec: standard-webhooks/spec/standard-webhooks.md, "Signature scheme". Keys come in as text and are never logged.
import { createHash, createHmac, createPrivateKey, createPublicKey, sign, timingSafeEqual } from 'node:crypto';
import { SECRET_BYTES } from './limits.ts';

const PREFIX = 'whsec_';
const PRIVATE_PREFIX = 'whsk_';
const PUBLIC_PREFIX = 'whpk_';
/** RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const ED25519_BYTES = 32;

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

export type KeyPair = { private_key: string; public_key: string };

/** A fresh Ed25519 pair: `whsk_` + base64 of seed and public key, `whpk_` + base64 of the public key. */
export function newKeyPair(random: (bytes: Uint8Array) => Uint8Array): KeyPair {
  const seed = Buffer.from(random(new Uint8Array(ED25519_BYTES)));
  const spki = createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' });
  const publicKey = spki.subarray(-ED25519_BYTES);
  return {
    private_key: PRIVATE_PREFIX + Buffer.concat([seed, publicKey]).toString('base64'),
    public_key: PUBLIC_PREFIX + publicKey.toString('base64'),
  };
}

/** Like `signatures`, but `v1a`: whoever has the public key can check them and make none. */
export function asymmetricSignatures(
  privateKeys: readonly string[],
  id: string,
  timestamp: number,
  body: string,
): string {
  return privateKeys
    .map((text) => {
      const seed = Buffer.from(text.slice(PRIVATE_PREFIX.length), 'base64').subarray(0, ED25519_BYTES);
      const signature = sign(null, Buffer.from(`${id}.${timestamp}.${body}`), privateKeyOf(seed));
      return `v1a,${signature.toString('base64')}`;
    })
    .join(' ');
}

const privateKeyOf = (seed: Buffer) =>
  createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });

/**
 * Whether `proof` is the hex HMAC-SHA256 of the profile id under the site's proof secret; in constant time. Of the id in
 * lower or in upper case: some platforms print GUIDs so, and ids are compared without case everywhere else.
 */
export function provesProfile(secret: string, profileId: string, proof = ''): boolean {
  if (!/^[\da-f]{64}$/i.test(proof)) return false;
  const given = Buffer.from(proof, 'hex');
  const proves = (id: string) => timingSafeEqual(given, createHmac('sha256', secret).update(id).digest());
  return proves(profileId.toLowerCase()) || proves(profileId.toUpperCase());
}

/** SHA-256 in hex: what is kept of a secret that only has to be recognised. */
export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Compares in constant time: digests have equal lengths whatever was sent. */
export const sameText = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
