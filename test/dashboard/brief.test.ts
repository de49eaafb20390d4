import { describe, expect, test } from 'vitest';
import { brief } from '../../worker/dashboard/brief.ts';
import { diagnoseAnswer, diagnoseSilence } from '../../worker/diagnose.ts';

const url = new URL('https://hooks.example/');
const answered = (status: number) =>
  brief(diagnoseAnswer({ url, status, headers: {}, body: '', cut: null, timeoutMs: 15_000 }).error ?? '');
const silent = (message: string, reached: boolean | null, timedOut = false) =>
  brief(diagnoseSilence({ url, message, timedOut, reached, timeoutMs: 15_000 }).error ?? '');

describe('half a line on the last error', () => {
  test.each([400, 401, 403, 404, 405, 408, 410, 413, 415, 418, 422, 429, 500, 503])(
    'names %i, and what to do',
    (status) => {
      expect(answered(status).what).toBe(`answers ${status}`);
      expect(answered(status).advice).toMatch(/^[a-z].*[^.]$/);
    },
  );

  test('asks for the address of a redirect', () => {
    expect(answered(302).what).toBe('redirects');
  });

  test('tells silences apart', () => {
    expect(silent('', null, true).what).toBe('does not answer in time');
    expect(silent('Network connection lost.', false).what).toBe('refuses the connection');
    expect(silent('internal error', false).what).toBe('has a host name that does not exist');
    expect(silent('internal error', true).what).toBe('has no valid certificate');
    expect(silent('internal error', null).what).toBe('cannot be reached');
  });

  test('reads what Cloudflare says for a receiver', () => {
    expect(answered(522).what).toBe('does not answer in time');
    expect(answered(523).what).toBe('refuses the connection');
  });
});
