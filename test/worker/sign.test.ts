import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSecret, provesProfile, signatures } from '../../worker/sign.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek';

test('the Standard Webhooks vector', () => {
  expect(signatures([SECRET], ID, 1614265330, '{"test": 2432232314}')).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('what is signed with any of two secrets, the reference library verifies with either', () => {
  const secrets = [newSecret(crypto.getRandomValues.bind(crypto)), newSecret(crypto.getRandomValues.bind(crypto))];
  const now = Math.floor(Date.now() / 1_000);
  const body = '{"name":"Zoë 😀"}';
  const headers = {
    'webhook-id': 'x',
    'webhook-timestamp': String(now),
    'webhook-signature': signatures(secrets, 'x', now, body),
  };
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ name: 'Zoë 😀' });
  expect(() => new Webhook(SECRET).verify(body, headers)).toThrow();
});

test('a secret is whsec_ and base64 of 32 bytes', () => {
  const secret = newSecret(crypto.getRandomValues.bind(crypto));
  expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32);
});

test('a proof is the HMAC of this profile under this secret, and nothing else', () => {
  // printf 'p1' | openssl dgst -sha256 -hmac 's'
  const proof = 'ad06cac0cbb429a0f2e318d25c98151d8f9fb4bb6122226f050bdc5fb82bcbe9';
  expect(provesProfile('s', 'p1', proof)).toBe(true);
  expect(provesProfile('s', 'p2', proof)).toBe(false);
  expect(provesProfile('t', 'p1', proof)).toBe(false);
  expect(provesProfile('s', 'p1', undefined)).toBe(false);
  expect(provesProfile('s', 'p1', 'not hex')).toBe(false);
});
