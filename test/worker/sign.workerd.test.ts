import { expect, test } from 'vitest';
import { keyringOf } from '../../worker/seal.ts';
import { asymmetricSignatures, newKeyPair, signatures } from '../../worker/sign.ts';
import { VECTOR, verifiesAsymmetric } from '../support/vectors.ts';

const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
const { id, timestamp, body, secret, privateKey, publicKey } = VECTOR;

test('workerd computes the Standard Webhooks vectors', async () => {
  expect(signatures([secret], id, timestamp, body)).toBe(VECTOR.v1);
  expect(asymmetricSignatures([privateKey], id, timestamp, body)).toBe(VECTOR.v1a);
  expect(await verifiesAsymmetric(publicKey, VECTOR.v1a, id, timestamp, body)).toBe(true);
});

test('a pair that workerd makes is one', async () => {
  const pair = newKeyPair(random);
  const signature = asymmetricSignatures([pair.private_key], id, timestamp, body);
  expect(await verifiesAsymmetric(pair.public_key, signature, id, timestamp, body)).toBe(true);
});

test('workerd opens what Node sealed', () => {
  // keyringOf(base64 of 32 times 1).seal('whsec_Zoë', 'a') in Node.
  const sealed = 'sealed1.72cd6e84.RiQYX0nm3NkLq1_O43Yz7Q2tdOBLV4Uv7E_pDFMDwqvVX9rI3yI';
  const keyring = keyringOf(Buffer.alloc(32, 1).toString('base64'));
  expect(keyring.ok && keyring.value.open(sealed, 'a')).toEqual({ ok: true, value: 'whsec_Zoë' });
});
