import { expect, test } from 'vitest';
import { type Answer, diagnoseAnswer, diagnoseSilence } from '../../worker/diagnose.ts';

const url = new URL('https://receiver.example.com/hook');
const answer = (more: Partial<Answer>): Answer => ({
  url,
  status: 200,
  headers: {},
  body: '',
  cut: null,
  timeoutMs: 15_000,
  ...more,
});

test.each([
  [400, 'client_error', 'did not accept'],
  [401, 'not_allowed', 'signing secret'],
  [403, 'not_allowed', 'firewall'],
  [404, 'not_found', "URL's path"],
  [405, 'method', 'no POST'],
  [408, 'server_error', 'called again'],
  [410, 'gone', 'never to be called again'],
  [413, 'too_large', 'Raise the limit'],
  [415, 'media_type', 'application/json'],
  [418, 'client_error', 'did not accept'],
  [429, 'rate_limited', 'max_per_second'],
  [500, 'server_error', 'its log'],
  [503, 'server_error', 'down, starting or overloaded'],
])('%i is named, with its cause and what to do', (status, cause, words) => {
  const diagnosis = diagnoseAnswer(answer({ status }));
  expect(diagnosis).toMatchObject({ cause, error: expect.stringContaining(words) });
  expect(diagnosis.error).toContain(`answered ${status}`);
});

test.each([
  [521, '', 'refused'],
  [522, '', 'timeout'],
  [523, '', 'network'],
  [525, '', 'tls'],
  [526, '', 'tls'],
  [530, 'error code: 1016', 'dns'],
  [530, 'error code: 1033', 'network'],
])('%i %s of Cloudflare stands for %s', (status, body, cause) => {
  expect(diagnoseAnswer(answer({ status, body }))).toMatchObject({
    cause,
    error: expect.stringContaining('from Cloudflare'),
  });
});

test('a redirect says where to, without what may be secret in the address', () => {
  const moved = answer({ status: 301, headers: { location: 'https://www.example.com/hook?token=s3cret' } });
  const { cause, error } = diagnoseAnswer(moved);
  expect(cause).toBe('redirect');
  expect(error).toContain('points to https://www.example.com/hook.');
  expect(error).not.toContain('s3cret');
  expect(diagnoseAnswer(answer({ status: 302, headers: { location: '/users/sign_in' } })).error).toMatch(
    /receiver\.example\.com\/users\/sign_in.*login/,
  );
  expect(diagnoseAnswer(answer({ status: 304 })).error).toContain('304');
});

const html = { 'content-type': 'text/html; charset=utf-8' };
test.each([
  ['a password field', '<!doctype html><form><input name=p type="password"></form>', 'login page'],
  ['a title', '<html><head><title>Anmelden – Shop</title></head></html>', 'login page'],
  ['no sign of a login', '<!DOCTYPE html><title>Welcome</title>', 'web page'],
])('200 with a page that has %s is a success with a warning', (_, body, words) => {
  const diagnosis = diagnoseAnswer(answer({ headers: html, body }));
  expect(diagnosis.error).toBeNull();
  expect(diagnosis.warning).toContain(words);
});

test.each([
  ['plain ok', { 'content-type': 'text/plain' }, 'ok'],
  ['ok as text/html, as PHP sends it', html, 'ok'],
  ['JSON that speaks of passwords', { 'content-type': 'application/json' }, '{"html":"<html><input type=password>"}'],
  ['nothing', {}, ''],
])('200 with %s is a success without a warning', (_, headers, body) => {
  expect(diagnoseAnswer(answer({ headers, body }))).toEqual({ error: null });
});

test('200 whose body does not end in time is a success with a warning', () => {
  expect(diagnoseAnswer(answer({ cut: 'timeout' }))).toEqual({
    error: null,
    warning: expect.stringContaining('15 seconds'),
  });
});

const silence = { url, message: '', timedOut: false, reached: null, timeoutMs: 15_000 };
test.each([
  ['timeout', { timedOut: true }, '15 seconds'],
  ['refused', { message: 'Network connection lost.', reached: false }, 'refused the connection'],
  ['broke_off', { message: 'Network connection lost.', reached: true }, 'broke off'],
  ['broke_off', { message: 'Network connection lost.' }, 'broke off'],
  ['dns', { message: 'internal error; reference = abc', reached: false }, 'does not resolve'],
  ['tls', { message: 'internal error; reference = abc', reached: true }, 'certificate'],
  ['network', { message: 'internal error; reference = abc' }, 'could not be reached'],
])('no answer, %s: says the host and what to do', (cause, facts, words) => {
  const diagnosis = diagnoseSilence({ ...silence, ...facts });
  expect(diagnosis).toMatchObject({ cause, error: expect.stringContaining(words) });
  expect(diagnosis.error).toContain('receiver.example.com');
  expect(diagnosis.error).not.toMatch(/internal error|reference/);
});
