import { describe, expect, test } from 'vitest';
import { diagnose, symptomOf } from '../../worker/dashboard/diagnose.ts';

const answered = (status: number, more = {}) =>
  diagnose({ status, error: `The endpoint answered ${status}.`, ...more });

describe('a diagnosis', () => {
  test('is none where all is well', () => {
    expect(diagnose({ status: 204, error: null })).toBeNull();
    expect(
      diagnose({ status: 200, error: null, headers: { 'content-type': 'application/json' }, body: '{}' }),
    ).toBeNull();
  });

  test('tells a login page from an answer', () => {
    const page = { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html><form>Password' };
    expect(diagnose({ status: 200, error: null, ...page })?.what).toBe('answers 200, but with a login page');
    expect(diagnose({ status: 200, error: null, body: '<!DOCTYPE html><p>Hi' })?.what).toContain('with a web page');
  });

  test('names where a redirect leads', () => {
    expect(answered(301, { headers: { location: 'https://new.example/' } })?.what).toBe(
      'redirects to https://new.example/',
    );
  });

  test.each([400, 401, 403, 404, 405, 410, 413, 415, 418, 422, 429, 500, 503])('of %i says what to do', (status) => {
    expect(answered(status)?.what).toBe(`answers ${status}`);
    expect(answered(status)?.advice).toMatch(/^[a-z].*[^.]$/);
  });

  test.each([
    ['No answer within 15 seconds.', 'does not answer in time'],
    ['The host name could not be resolved.', 'has a host name that does not exist'],
    ['The TLS handshake failed: check the certificate.', 'has no valid certificate'],
    ['The connection was refused or broke off.', 'refuses the connection'],
    ['The endpoint could not be reached.', 'cannot be reached'],
  ])('of silence, "%s", says that it %s', (error, what) => {
    expect(diagnose({ status: null, error })?.what).toBe(what);
  });

  test('reads the status from the words of a log', () => {
    expect(symptomOf('The endpoint answered 401.')).toEqual({ status: 401, error: 'The endpoint answered 401.' });
    expect(symptomOf('No answer within 15 seconds.').status).toBeNull();
  });
});
