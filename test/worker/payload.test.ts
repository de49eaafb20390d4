import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../worker/event.ts';
import { payload } from '../../worker/payload.ts';

const SITE = { site_id: 'S', site_name: 'My site' };
const base: Event = {
  id: 'I',
  event: 'SignUpSuccess',
  timestamp: 'T',
  user_session_id: 'U',
  attributes: {},
  fields: {},
};
const keys = (event: Partial<Event>) => Object.keys(JSON.parse(payload({ ...base, ...event }, SITE)));
const HEAD = ['id', 'event', 'timestamp', 'site_id', 'site_name', 'user_session_id'];

test('attributes come first, then fields, and a field takes the place of an attribute', () => {
  const body = payload(
    { ...base, user_profile_id: 'P', attributes: { plan: 'gold', email: 'old' }, fields: { email: 'new' } },
    SITE,
  );
  expect(body).toBe(
    '{"id":"I","event":"SignUpSuccess","timestamp":"T","site_id":"S","site_name":"My site","user_session_id":"U",' +
      '"user_profile_id":"P","plan":"gold","email":"new"}',
  );
});

test('a field called "1" does not jump to the front', () => {
  expect(payload({ ...base, fields: { b: 'x', 1: 'y' } }, SITE)).toMatch(/^\{"id":"I"/);
});

test('reserved keys are renamed, and the new name overwrites nothing', () => {
  expect(
    keys({
      attributes: { id: 'a', attribute_id: 'b' },
      fields: { event: 'c', field_event: 'd', user_profile_id: 'e' },
    }),
  ).toEqual([
    ...HEAD,
    'attribute_attribute_id',
    'attribute_id',
    'field_field_event',
    'field_event',
    'field_user_profile_id',
  ]);
});

test('an outcome ends with the integration and the event that it was sent', () => {
  const outcome = {
    event: 'WebhookError',
    attributes: { plan: 'gold' },
    integration_id: 'X',
    webhook_trigger: 'SignUpSuccess',
  } as const;
  expect(keys(outcome)).toEqual([...HEAD, 'plan', 'integration_id', 'webhook_trigger']);
});

test('whatever is captured, ours is intact, no key comes twice, and no value is lost', () => {
  const key = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(...HEAD, 'field_id', 'attribute_id', 'field_field_id', '1', 'toString'),
  );
  const record = fc.dictionary(key, fc.string()).map((it) => ({ ...it }));
  fc.assert(
    fc.property(record, record, (attributes, fields) => {
      const text = payload({ ...base, attributes, fields }, SITE);
      const body = JSON.parse(text);
      expect(Object.fromEntries(HEAD.map((it) => [it, body[it]]))).toEqual({
        ...SITE,
        id: 'I',
        event: 'SignUpSuccess',
        timestamp: 'T',
        user_session_id: 'U',
      });
      const captured = new Set([...Object.keys(attributes), ...Object.keys(fields)]);
      expect(text.match(/(?<=[{,])"(?:[^"\\]|\\.)*":/g)).toHaveLength(
        new Set(text.match(/(?<=[{,])"(?:[^"\\]|\\.)*":/g)).size,
      );
      expect(Object.keys(body)).toHaveLength(HEAD.length + captured.size);
    }),
  );
});
