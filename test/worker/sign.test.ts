import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { asymmetricSignatures, newKeyPair, newSecret, provesProfile, signatures } from '../../worker/sign.ts';
import { VECTOR, verifiesAsymmetric } from '../support/vectors.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
const { id, timestamp, body, secret, privateKey } = VECTOR;

test('the Standard Webhooks vectors', () => {
  expect(signatures([secret], id, timestamp, body)).toBe(VECTOR.v1);
  expect(asymmetricSignatures([privateKey], id, timestamp, body)).toBe(VECTOR.v1a);
});

test('what is signed with any of two secrets, the reference library verifies with either', () => {
  const secrets = [newSecret(random), newSecret(random)];
  const now = Math.floor(Date.now() / 1_000);
  const text = '{"name":"Zoë 😀"}';
  const headers = {
    'webhook-id': 'x',
    'webhook-timestamp': String(now),
    'webhook-signature': signatures(secrets, 'x', now, text),
  };
  for (const one of secrets) expect(new Webhook(one).verify(text, headers)).toEqual({ name: 'Zoë 😀' });
  expect(() => new Webhook(secret).verify(text, headers)).toThrow();
});

test('a secret is whsec_ and base64 of 32 bytes', () => {
  const made = newSecret(random);
  expect(Buffer.from(made.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
});

test('what a fresh pair signs, its public key verifies and no other', async () => {
  const [pair, other] = [newKeyPair(random), newKeyPair(random)];
  expect(pair.private_key).toMatch(/^whsk_[\w+/]{86}==$/);
  expect(pair.public_key).toMatch(/^whpk_[\w+/]{43}=$/);
  const [first, second] = asymmetricSignatures([pair.private_key, other.private_key], 'x', 7, 'Zoë 😀').split(' ');
  expect(await verifiesAsymmetric(pair.public_key, first as string, 'x', 7, 'Zoë 😀')).toBe(true);
  expect(await verifiesAsymmetric(other.public_key, second as string, 'x', 7, 'Zoë 😀')).toBe(true);
  expect(await verifiesAsymmetric(other.public_key, first as string, 'x', 7, 'Zoë 😀')).toBe(false);
  expect(await verifiesAsymmetric(pair.public_key, first as string, 'x', 8, 'Zoë 😀')).toBe(false);
});

test('a proof is the HMAC of this profile under this secret, and nothing else', () => {
  // printf 'p1' | openssl dgst -sha256 -hmac 's'
  const proof = 'ad06cac0cbb429a0f2e318d25c98151d8f9fb4bb6122226f050bdc5fb82bcbe9';
  expect(provesProfile('s', 'p1', proof)).toBe(true);
  expect(provesProfile('s', 'p2', proof)).toBe(false);
  expect(provesProfile('t', 'p1', proof)).toBe(false);
  expect(provesProfile('s', 'p1', undefined)).toBe(false);
  expect(provesProfile('s', 'p1', 'not hex')).toBe(false);
  expect(provesProfile('s', 'p1', `${proof}zz`)).toBe(false);
  expect(provesProfile('s', 'p1', '')).toBe(false);
});

test('a proof of the id in upper case, as some platforms print GUIDs, is one too', () => {
  // printf 'P1' | openssl dgst -sha256 -hmac 's'
  expect(provesProfile('s', 'p1', '41afec8cd5c48180e6a47b2b9ea4a11dacb3021deca39e407e5580e7bef3398c')).toBe(true);
});
