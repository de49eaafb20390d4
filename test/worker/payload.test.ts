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

test('an attribute and a field of the same reserved key are both there: renamed, they are two keys', () => {
  const body = payload({ ...base, attributes: { id: 'a', event: 'b' }, fields: { id: 'c' } }, SITE);
  expect(body).toMatch(/"attribute_id":"a","attribute_event":"b","field_id":"c"\}$/);
});

test('what a record in KV adds is reserved there: an attribute of that name is renamed, in the webhook it is not', () => {
  const attributes = { delivery: 'van', attribute_delivery: 'kept' };
  const record = payload({ ...base, attributes }, SITE, { delivery: { attempts: 1 } });
  expect(record).toMatch(
    /"attribute_attribute_delivery":"van","attribute_delivery":"kept","delivery":\{"attempts":1\}\}$/,
  );
  expect(record.match(/"delivery":/g)).toHaveLength(1);
  expect(keys({ attributes })).toEqual([...HEAD, 'delivery', 'attribute_delivery']);
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
