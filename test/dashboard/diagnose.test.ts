import { describe, expect, test } from 'vitest';
import { diagnose, symptomOf } from '../../worker/dashboard/diagnose.ts';
import { diagnoseSilence } from '../../worker/diagnose.ts';
import { explainRefusal } from '../../worker/endpoint.ts';
import { explainUnopened } from '../../worker/seal.ts';

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

  const silence = { url: new URL('https://tls.example.com/'), message: '', timedOut: false, reached: null };
  test.each([
    [{ timedOut: true }, 'does not answer in time'],
    [{ reached: false }, 'has a host name that does not exist'],
    [{ reached: true }, 'has no valid certificate'],
    [{ message: 'Network connection lost.', reached: false }, 'refuses the connection'],
    [{ message: 'Network connection lost.', reached: true }, 'refuses the connection'],
    [{}, 'cannot be reached'],
  ])('of the silence %j says that it %s', (facts, what) => {
    const { error } = diagnoseSilence({ ...silence, ...facts, timeoutMs: 15_000 });
    expect(diagnose({ status: null, error })?.what).toBe(what);
  });

  test('adds nothing to a sentence that speaks for itself', () => {
    expect(diagnose({ status: null, error: explainRefusal('port_not_allowed') })).toBeNull();
    expect(diagnose({ status: null, error: explainUnopened('unknown_key') })).toBeNull();
  });

  test('reads the status from the words of a log', () => {
    expect(symptomOf('The endpoint answered 401.')).toEqual({ status: 401, error: 'The endpoint answered 401.' });
    expect(symptomOf('receiver.example.com could not be reached.').status).toBeNull();
  });
});
