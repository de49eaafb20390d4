import { expect, test } from 'vitest';
import { Headers, maskHeader } from '../../worker/headers.ts';

test.each(['Authorization', 'x-api-key', 'X_Token', 'accept', 'x-hub-signature'])(
  '%s may be sent along, in lower case',
  (name) => {
    expect(Headers.parse({ [name]: 'Bearer abc' })).toEqual({ [name.toLowerCase()]: 'Bearer abc' });
  },
);

test.each([
  'Host',
  'Content-Type',
  'content-length',
  'Content-Encoding',
  'webhook-id',
  'Webhook-Signature',
  'hubwire-attempt',
  'User-Agent',
  'Connection',
  'Transfer-Encoding',
  'TE',
  'Trailer',
  'Upgrade',
  'Expect',
  'Cookie',
  'Proxy-Authorization',
  'X-Forwarded-For',
  'CF-Connecting-IP',
])('%s is reserved', (name) => {
  expect(Headers.safeParse({ [name]: 'x' }).error?.issues).toMatchObject([
    { path: [name], message: expect.stringContaining('choose another name') },
  ]);
});

test.each(['', 'x y', 'x:y', 'x\r\ny', 'é', 'x\0', 'a'.repeat(65)])('%j is no header name', (name) => {
  expect(Headers.safeParse({ [name]: 'x' }).success).toBe(false);
});

test.each(['a\r\nhost: evil', 'a\nb', 'a\rb', 'a\0b', 'a\tb', '\x7f', '', ' a', 'a ', 'é', '😀', 'a'.repeat(4_097)])(
  '%j is no header value: nothing can be injected',
  (value) => {
    expect(Headers.safeParse({ 'x-key': value }).success).toBe(false);
  },
);

test('a name twice, in upper and lower case, is refused', () => {
  expect(Headers.safeParse({ 'X-Key': 'a', 'x-key': 'b' }).success).toBe(false);
});

test('twenty headers are taken, twenty-one are not', () => {
  const many = (n: number) => Object.fromEntries(Array.from({ length: n }, (_, i) => [`x-${i}`, 'v']));
  expect(Headers.safeParse(many(20)).success).toBe(true);
  expect(Headers.safeParse(many(21)).success).toBe(false);
});

test('a mask shows the last four characters of a long value and none of a short one', () => {
  expect(maskHeader('Bearer 0123456789abcdef')).toBe('••••cdef');
  expect(maskHeader('hunter2')).toBe('••••');
});
