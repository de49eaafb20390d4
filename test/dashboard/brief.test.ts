import { describe, expect, test } from 'vitest';
import { brief } from '../../worker/dashboard/brief.ts';
import { diagnoseAnswer, diagnoseSilence } from '../../worker/diagnose.ts';
import { explainRefusal } from '../../worker/endpoint.ts';
import { explainUnopened } from '../../worker/seal.ts';

const url = new URL('https://hooks.example/');
const answered = (status: number) =>
  brief(diagnoseAnswer({ url, status, headers: {}, body: '', cut: null, timeoutMs: 15_000 }).error ?? '');

describe('half a line on the last error', () => {
  test.each([400, 401, 403, 404, 405, 408, 410, 413, 415, 418, 422, 429, 500, 503])(
    'names %i, and what to do',
    (status) => {
      expect(answered(status)?.what).toBe(`answers ${status}`);
      expect(answered(status)?.advice).toMatch(/^[a-z].*[^.]$/);
    },
  );

  test('asks for the address of a redirect', () => {
    expect(answered(302)?.what).toBe('redirects');
  });

  const silence = { url, message: '', timedOut: false, reached: null, timeoutMs: 15_000 };
  test.each([
    [{ timedOut: true }, 'does not answer in time'],
    [{ reached: false }, 'has a host name that does not exist'],
    [{ reached: true }, 'has no valid certificate'],
    [{ message: 'Network connection lost.', reached: false }, 'refuses the connection'],
    [{ message: 'Network connection lost.', reached: true }, 'refuses the connection'],
    [{}, 'cannot be reached'],
  ])('of the silence %j says that it %s', (facts, what) => {
    expect(brief(diagnoseSilence({ ...silence, ...facts }).error ?? '')?.what).toBe(what);
  });

  test('reads what Cloudflare says for a receiver', () => {
    expect(answered(522)?.what).toBe('does not answer in time');
    expect(answered(521)?.what).toBe('refuses the connection');
  });

  test('adds nothing to a sentence that speaks for itself', () => {
    expect(brief(explainRefusal('port_not_allowed'))).toBeNull();
    expect(brief(explainUnopened('unknown_key'))).toBeNull();
  });
});
