import fc from 'fast-check';
import { expect } from 'vitest';
import { EVENT_NAMES, type Event } from '../../worker/event.ts';
import { payload } from '../../worker/payload.ts';
import { holds } from './holds.ts';

const OURS = ['id', 'event', 'timestamp', 'site_id', 'site_name', 'user_session_id', 'user_profile_id'];
const LAST = ['integration_id', 'webhook_trigger'];
const RESERVED = [...OURS, ...LAST];

const key = fc.oneof(
  fc.string({ minLength: 1, unit: 'binary' }),
  fc.constantFrom(...RESERVED, '__proto__', 'constructor', '1', '007', '"', '\\'),
  fc
    .tuple(fc.constantFrom('field_', 'attribute_'), fc.nat(3), fc.constantFrom(...RESERVED))
    .map(([prefix, times, name]) => prefix.repeat(times) + name),
);
const record = fc
  .array(fc.tuple(key, fc.string({ unit: 'binary' })), { maxLength: 12 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));
const event: fc.Arbitrary<Event> = fc.record({
  id: fc.uuid(),
  event: fc.constantFrom(...EVENT_NAMES),
  timestamp: fc.constant('2026-01-01T00:00:00.000Z'),
  user_session_id: fc.uuid(),
  user_profile_id: fc.option(fc.uuid(), { nil: undefined }),
  attributes: record,
  fields: record,
  integration_id: fc.option(fc.uuid(), { nil: undefined }),
  webhook_trigger: fc.option(fc.constantFrom('SiteViewed' as const), { nil: undefined }),
});
const site = fc.record({ site_id: fc.uuid(), site_name: fc.string({ unit: 'binary' }) });

/** The pairs of a flat JSON object as they stand in the text: a parser would move "1" and swallow a second `id`. */
const pairsIn = (text: string) =>
  [...text.slice(1, -1).matchAll(/("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")(?:,|$)/g)].map(([, name, value]) => [
    JSON.parse(name as string) as string,
    JSON.parse(value as string) as string,
  ]);
const plain = (name: string) => name.replace(/^((field|attribute)_)*/, '');

holds(
  'whatever was captured, our keys come first and last, in the promised order, with our values, each key once',
  1_000,
  fc.property(event, site, (it, { site_id, site_name }) => {
    const pairs = pairsIn(payload(it, { site_id, site_name }));
    const { attributes: _, fields: __, cut: ___, erased: ____, ...ours } = it;
    const known: Record<string, string | undefined> = { ...ours, site_id, site_name };
    const expected = (names: string[]) =>
      names.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]]]));
    const [first, last] = [expected(OURS), expected(LAST)];
    expect(pairs.slice(0, first.length)).toEqual(first);
    expect(pairs.slice(pairs.length - last.length)).toEqual(last);
    const names = pairs.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
  }),
);

holds(
  'every response is there and every attribute that none takes the place of, attributes first, renamed only where the name is ours',
  1_000,
  fc.property(event, site, (it, where) => {
    const pairs = pairsIn(payload(it, where)).filter(([name]) => !RESERVED.includes(name as string));
    const stays = (name: string) => RESERVED.includes(name) || !Object.hasOwn(it.fields, name);
    const attributes = Object.entries(it.attributes).filter(([name]) => stays(name));
    const captured = [...attributes, ...Object.entries(it.fields)];
    expect(pairs.map(([, value]) => value)).toEqual(captured.map(([, value]) => value));
    for (const [at, [name]] of captured.entries()) {
      const sent = pairs[at]?.[0] ?? '';
      const prefix = at < attributes.length ? 'attribute_' : 'field_';
      if (RESERVED.includes(name)) expect([sent.startsWith(prefix), plain(sent)]).toEqual([true, name]);
      else expect(sent).toBe(name);
    }
  }),
);
