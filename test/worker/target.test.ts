import { expect, test } from 'vitest';
import { ABOUT, type Credentials, type SealedKey } from '../../worker/credentials.ts';
import { Keyring } from '../../worker/seal.ts';
import { type Address, targetOf } from '../../worker/target.ts';

const INTEGRATION = 'e772b5f1-47f4-4c43-ac01-8ef81990fa7d';
const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
const ring = new Keyring([Buffer.alloc(32, 1)]);
const environment = { rules: { loopback: false }, keyring: { ok: true, value: ring } as const };

const key = (secret: string, expires_at: number | null): SealedKey => ({
  sealed: ring.seal(secret, ABOUT.secret(INTEGRATION), random),
  expires_at,
});
const credentialsOf = (...secrets: SealedKey[]): Credentials => ({
  site_id: 'site',
  integration_id: INTEGRATION,
  secrets,
  pairs: [],
  headers: {},
});
const addressOf = (credentials: Credentials, url = 'https://receiver.example.com/hook'): Address => ({
  url,
  credentials,
  own_hosts: [],
});
const secretsAt = (address: Address, at: number) => {
  const target = targetOf(address, environment, at);
  return target.ok ? target.value.secrets : target.reason.cause;
};

test('what was found once is found again without opening anything, until a key expires', () => {
  const address = addressOf(credentialsOf(key('whsec_new', null), key('whsec_old', 1_000)));
  const first = targetOf(address, environment, 0);
  expect(first).toMatchObject({ ok: true, value: { secrets: ['whsec_new', 'whsec_old'] } });
  const again = targetOf(address, environment, 999);
  expect(first.ok && again.ok && again.value === first.value).toBe(true);
  expect(secretsAt(address, 1_000)).toEqual(['whsec_new']);
  expect(secretsAt(address, 1_000_000)).toEqual(['whsec_new']);
});

test('another URL, another list of own hosts and other credentials are judged anew', () => {
  const credentials = credentialsOf(key('whsec_a', null));
  const address = addressOf(credentials);
  expect(secretsAt(address, 0)).toEqual(['whsec_a']);
  expect(secretsAt(addressOf(credentials, 'http://10.0.0.1/'), 0)).toBe('endpoint_refused');
  expect(secretsAt({ ...address, own_hosts: ['receiver.example.com'] }, 0)).toBe('endpoint_refused');
  expect(secretsAt(addressOf(credentialsOf(key('whsec_b', null))), 0)).toEqual(['whsec_b']);
});

test('secrets that do not open are tried again each time', () => {
  const address = addressOf(credentialsOf(key('whsec_a', null)));
  const closed = { ...environment, keyring: { ok: false, reason: 'missing' } as const };
  expect(targetOf(address, closed, 0)).toMatchObject({ ok: false, reason: { cause: 'secrets_closed' } });
  expect(secretsAt(address, 0)).toEqual(['whsec_a']);
});
