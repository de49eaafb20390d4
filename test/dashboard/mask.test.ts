import { expect, test } from 'vitest';
import { maskAnswer, maskHeaders, showPayload } from '../../worker/dashboard/mask.ts';

const BODY = JSON.stringify({
  id: 'e1',
  event: 'SignUpSuccess',
  utm_source: 'mail',
  email: 'joe@bloggs.com',
  optin: 'true',
});

test('a payload shows what happened, not to whom', () => {
  const shown = JSON.parse(showPayload(BODY, false));
  expect(shown).toMatchObject({ id: 'e1', event: 'SignUpSuccess', utm_source: 'mail', optin: 'true' });
  expect(shown.email).toBe('jxx@bxxxxx.cxx');
});

test('a payload shows all where it is asked to', () => {
  expect(showPayload(BODY, true)).toContain('joe@bloggs.com');
});

test('a payload that is not JSON is shown as it is', () => {
  expect(showPayload('erased', false)).toBe('erased');
});

test('headers that carry secrets keep their names only', () => {
  const headers = Object.fromEntries(maskHeaders({ 'set-cookie': 'sid=1', 'x-api-key': 'k', server: 'nginx' }));
  expect(headers).toEqual({ 'set-cookie': '••••••', 'x-api-key': '••••••', server: 'nginx' });
});

test('an answer loses tokens and addresses, and keeps its sense', () => {
  const masked = maskAnswer(
    '{"error":"invalid key","access_token":"s3cr3t","to":"joe@bloggs.com"} Bearer abcdefgh12345',
  );
  expect(masked).toContain('"error":"invalid key"');
  expect(masked).not.toMatch(/s3cr3t|bloggs|abcdefgh12345/);
});
