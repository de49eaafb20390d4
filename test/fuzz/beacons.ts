// Beacons as a stranger might write them: near the right shape, so that what is wrong lies deep inside. Owns the
// generators alone; what must hold of the answer is beacon.workerd.test.ts.
import fc from 'fast-check';

const IDS = Array.from({ length: 6 }, (_, i) => `0000000${i}-aaaa-4000-8000-00000000000${i}`);
const rarely = <T>(usual: fc.Arbitrary<T>, unusual: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: usual as fc.Arbitrary<unknown>, weight: 40 }, { arbitrary: unusual, weight: 1 });

const guid = fc.oneof(
  { arbitrary: fc.uuid(), weight: 6 },
  { arbitrary: fc.uuid().map((id) => id.toUpperCase()), weight: 2 },
  { arbitrary: fc.constantFrom(...IDS), weight: 1 },
);
const oddTime = fc.oneof(
  fc.constantFrom(
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999999999Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T00:00Z',
    '2026-01-01T23:59:60Z',
    '2026-01-01T00:00:00+23:59',
    '2026-01-01T00:00:00-00:00',
    '+275760-09-13T00:00:00.000Z',
    '-000001-01-01T00:00:00Z',
    '2026-01-01t00:00:00z',
    '2026-W01-1T00:00:00Z',
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const time = fc.oneof(
  { arbitrary: fc.constant(new Date().toISOString()), weight: 4 },
  { arbitrary: oddTime, weight: 1 },
);
const junk = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 0, -0, 1e308, [], {}, '\0', '\ud800', '🦄'.repeat(3)));
const key = rarely(
  fc.oneof(
    fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
    fc.constantFrom('email', 'id', 'event', 'constructor', 'toString', '1', 'field_id', '\ud83d'),
    fc.string({ minLength: 60, maxLength: 64 }),
  ),
  fc.constantFrom('', '__proto__', 'k'.repeat(65)),
) as fc.Arbitrary<string>;
const value = rarely(
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(true, 0, '\0', '\ud800', '</script>', `${'x'.repeat(4_095)}😀`, 'y'.repeat(9_000)),
  ),
  junk,
);
/** As parsed JSON has it: `__proto__` is a key like others. */
const record = fc
  .array(fc.tuple(key, value), { maxLength: 4 })
  .map((pairs) => Object.defineProperties({}, Object.fromEntries(pairs.map(([name, it]) => [name, own(it)]))));
const own = (it: unknown): PropertyDescriptor => ({ value: it, enumerable: true, writable: true, configurable: true });

const event = fc.record(
  {
    id: rarely(guid, junk),
    event: rarely(fc.constantFrom('SignUpSuccess', 'SiteViewed'), fc.constantFrom('WebhookError', 'toString', 7)),
    timestamp: rarely(time, junk),
    user_session_id: rarely(guid, junk),
    user_profile_id: rarely(guid, junk),
    proof: rarely(fc.string({ maxLength: 140 }), junk),
    attributes: rarely(record, junk),
    fields: rarely(record, junk),
  },
  { requiredKeys: ['id', 'event', 'timestamp', 'user_session_id', 'fields'] },
);

/** The body of a POST to the site, as text. */
export const bodies = (siteId: string): fc.Arbitrary<string | Uint8Array> => {
  const beacon = fc.record({
    site_id: rarely(fc.constantFrom(siteId, siteId.toUpperCase()), fc.oneof(guid, junk)),
    sent_at: rarely(time, junk),
    events: rarely(fc.array(rarely(event, junk), { minLength: 1, maxLength: 6 }), junk),
  });
  const text = beacon.map((it) => JSON.stringify(it));
  const torn = fc
    .tuple(text, fc.nat(), fc.string({ maxLength: 3 }))
    .map(([whole, at, with_]) => whole.slice(0, at % whole.length) + with_ + whole.slice((at % whole.length) + 1));
  const deep = fc.nat(30_000).map((depth) => '['.repeat(depth) + ']'.repeat(depth));
  return fc.oneof(
    { arbitrary: text, weight: 12 },
    { arbitrary: torn, weight: 2 },
    { arbitrary: fc.oneof(fc.json(), fc.string(), deep, fc.uint8Array()), weight: 1 },
  );
};

/** Headers that a sender chooses, and the address that it has. */
export const headers = fc.record({
  'cf-connecting-ip': fc.ipV4(),
  'content-type': rarely(
    fc.constantFrom('text/plain', 'application/json; charset=utf-8', 'TEXT/PLAIN;charset=UTF-16'),
    fc.constantFrom('text/html', 'text/plain, text/html', 'multipart/form-data', ''),
  ) as fc.Arbitrary<string>,
  origin: rarely(
    fc.constantFrom('https://shop.example.com'),
    fc.constantFrom('null', '', '*', 'https://shop.example.com@evil.example', 'https://a.shop.example.com/'),
  ) as fc.Arbitrary<string>,
  'user-agent': rarely(
    fc.constant('Mozilla/5.0'),
    fc.constantFrom('', 'Googlebot/2.1', '('.repeat(500)),
  ) as fc.Arbitrary<string>,
  'content-encoding': rarely(
    fc.constant('identity'),
    fc.constantFrom('gzip', 'br', 'x-unknown'),
  ) as fc.Arbitrary<string>,
});
