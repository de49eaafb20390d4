import { describe, expect, test } from 'vitest';
import { formToken, openSession, sealSession } from '../../worker/dashboard/session.ts';

const TOKEN = 'an-admin-token';
const NOW = 1_000_000;
const sealed = sealSession({ who: { role: 'admin' }, until: NOW + 1 }, TOKEN);

describe('a session', () => {
  test('opens with the token that sealed it, until its time is over', () => {
    expect(openSession(sealed, TOKEN, NOW)?.who).toEqual({ role: 'admin' });
    expect(openSession(sealed, TOKEN, NOW + 1)).toBeNull();
  });

  test('ends when the admin token changes', () => {
    expect(openSession(sealed, 'another-token', NOW)).toBeNull();
  });

  test('does not open when a byte of it was changed', () => {
    const [text = '', signature = ''] = sealed.split('.');
    const forged = Buffer.from(JSON.stringify({ who: { role: 'admin' }, until: NOW + 9e9 })).toString('base64url');
    for (const tampered of [`${forged}.${signature}`, `${text}.`, text, '', '.', `${text}.${signature}x`])
      expect(openSession(tampered, TOKEN, NOW)).toBeNull();
  });

  test('has form tokens that are no session, and no other session’s', () => {
    const other = sealSession({ who: { role: 'admin' }, until: NOW + 2 }, TOKEN);
    expect(formToken(sealed, TOKEN)).not.toBe(formToken(other, TOKEN));
    expect(openSession(`${sealed.split('.')[0]}.${formToken(sealed, TOKEN)}`, TOKEN, NOW)).toBeNull();
  });
});
