import fc from 'fast-check';
import { expect } from 'vitest';
import { type Attempt, judge, retryAfterMs } from '../../worker/schedule.ts';
import { holds } from './holds.ts';

const DAY_MS = 86_400_000;
const now = fc.date({ min: new Date('2020-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }).map(Number);
const seconds = fc.oneof(fc.nat(200_000), fc.bigInt({ min: 0n, max: 10n ** 40n })).map(String);
const date = fc.date({ noInvalidDate: true, min: new Date('1970-01-01'), max: new Date('9999-12-31') });
const header = fc.oneof(
  seconds,
  date.map((it) => it.toUTCString()),
  fc.string(),
  fc.constantFrom('-1', '1e3', '0x10', '١٢', ' 5 ', '5, 10', 'Infinity', 'NaN', '2026-13-45', '8640000000000001'),
);

holds(
  'a Retry-After of any shape is a wait of nothing to a day, and seconds are taken at their word',
  2_000,
  fc.property(header, now, (text, at) => {
    const wait = retryAfterMs(text, at);
    expect(wait).toBeGreaterThanOrEqual(0);
    expect(wait).toBeLessThanOrEqual(DAY_MS);
    if (/^\d+$/.test(text)) expect(wait).toBe(Number(BigInt(text) > 86_400n ? 86_400n : BigInt(text)) * 1_000);
  }),
);

holds(
  'an HTTP date is waited for to the second, a past one not at all',
  1_000,
  fc.property(date, now, (when, at) => {
    const asked = Math.floor(when.getTime() / 1_000) * 1_000 - at;
    expect(retryAfterMs(when.toUTCString(), at)).toBe(Math.min(DAY_MS, Math.max(0, asked)));
  }),
);

holds(
  'what a receiver says never shortens a wait and never leads beyond a day or the schedule',
  2_000,
  fc.property(
    header,
    now,
    fc.constantFrom(null, 302, 400, 404, 408, 429, 500, 503),
    fc.array(fc.integer({ min: 1, max: 86_400 }), { maxLength: 20 }),
    fc.nat(19),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (text, at, status, waits, made, random) => {
      const tried: Attempt = {
        at,
        duration_ms: 1,
        status,
        error: null,
        response_headers: { 'retry-after': text },
        response_body: '',
      };
      const verdict = judge(Array(made + 1).fill(tried), waits, at, random);
      const wait = waits[made];
      if (wait === undefined) expect(verdict).toEqual({ kind: 'failed', gone: false });
      if (verdict.kind !== 'retry') return;
      expect(verdict.at - at).toBeGreaterThanOrEqual((wait ?? 0) * 1_000);
      expect(verdict.at - at).toBeLessThanOrEqual(Math.max((wait ?? 0) * 1_200, DAY_MS));
    },
  ),
);
