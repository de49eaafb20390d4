import { expect, test } from 'vitest';
import { keyringOf } from '../../worker/seal.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const NEXT = Buffer.alloc(32, 2).toString('base64');
const random = (bytes: Uint8Array) => crypto.getRandomValues(bytes as Uint8Array<ArrayBuffer>);
const ring = (text: string) => {
  const keyring = keyringOf(text);
  if (!keyring.ok) throw new Error(keyring.reason);
  return keyring.value;
};

test('what was sealed opens again, in another isolate too, and shows nothing of itself', () => {
  const sealed = ring(KEY).seal('whsec_Zoë 😀', 'a', random);
  expect(sealed).not.toContain('whsec');
  ring(NEXT);
  expect(ring(KEY).open(sealed, 'a')).toEqual({ ok: true, value: 'whsec_Zoë 😀' });
});

test('the same text is sealed differently each time', () => {
  expect(ring(KEY).seal('same', 'a', random)).not.toBe(ring(KEY).seal('same', 'a', random));
});

test('a sealed text that was moved to another place does not open there, even where it was opened before', () => {
  const keyring = ring(KEY);
  const sealed = keyring.seal('secret', 'secret of integration 1', random);
  expect(keyring.open(sealed, 'secret of integration 1').ok).toBe(true);
  expect(keyring.open(sealed, 'secret of integration 2')).toEqual({ ok: false, reason: 'damaged' });
});

test('no changed character of a sealed text goes unnoticed', () => {
  const sealed = ring(KEY).seal('secret', 'a', random);
  const start = sealed.lastIndexOf('.') + 1;
  for (let i = start; i < sealed.length; i++) {
    const changed = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`;
    // The last character of base64 may hold bits that mean nothing.
    if (Buffer.from(changed.slice(start), 'base64url').equals(Buffer.from(sealed.slice(start), 'base64url'))) continue;
    expect(ring(KEY).open(changed, 'a')).toEqual({ ok: false, reason: 'damaged' });
  }
});

test('of several keys the first seals and all open; without the former, what it sealed says so', () => {
  const old = ring(KEY).seal('secret', 'a', random);
  const both = ring(`${NEXT}, ${KEY}`);
  expect(both.open(old, 'a')).toEqual({ ok: true, value: 'secret' });
  expect(ring(NEXT).open(old, 'a')).toEqual({ ok: false, reason: 'unknown_key' });
  const anew = ring(`${NEXT},${KEY}`).reseal(old, 'a', random);
  if (!anew.ok) throw new Error(anew.reason);
  expect(ring(NEXT).open(anew.value, 'a')).toEqual({ ok: true, value: 'secret' });
  expect(ring(NEXT).reseal(anew.value, 'a', random)).toEqual(anew);
});

test.each([
  [undefined, 'missing'],
  ['', 'missing'],
  ['secret', 'malformed'],
  [Buffer.alloc(31).toString('base64'), 'malformed'],
  [`${KEY},`, 'malformed'],
  [`${KEY};${NEXT}`, 'malformed'],
  [Buffer.alloc(32, 1).toString('hex'), 'malformed'],
])('SECRETS_KEY %j is %s', (text, reason) => {
  expect(keyringOf(text)).toEqual({ ok: false, reason });
});
