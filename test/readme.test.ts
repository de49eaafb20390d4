// What the README promises in figures is what the code does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as limits from '../worker/limits.ts';

const ROOT = join(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8').replaceAll(/ {2,}/g, ' ');
const row = (what: string) => readme.split('\n').find((line) => line.startsWith(`| ${what} |`)) ?? `no row "${what}"`;
const wrangler = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8');
const days = (ms: number) => ms / 86_400_000;

test.each([
  ['a beacon', `${limits.BEACON_BYTES_MAX / 1_024} KiB, ${limits.BEACON_EVENTS_MAX} events`],
  ['an event', `${limits.ATTRIBUTES_MAX} attributes, ${limits.FIELDS_MAX} fields`],
  ['an event', `keys 1 to ${limits.KEY_CHARS_MAX} characters, values ${limits.VALUE_CHARS_MAX.toLocaleString('en')}`],
  ['beacons from one address (production)', `${/limit = (\d+), period = 10/.exec(wrangler)?.[1]} in 10 s`],
  ['attempts of a delivery', `${limits.SCHEDULE_DEFAULT_S.length + 1} in 75 hours`],
  [
    'attempts of a delivery',
    `${limits.SCHEDULE_WAITS_MAX} waits of ${limits.SCHEDULE_WAIT_S_MIN} s to ${limits.SCHEDULE_WAIT_S_MAX / 3_600} h`,
  ],
  [
    'an attempt',
    `${limits.ATTEMPT_TIMEOUT_MS / 1_000} s; the first ${limits.RESPONSE_BYTES_MAX.toLocaleString('en')} bytes`,
  ],
  ['connections to one endpoint', `${limits.LANE_CONNECTIONS_MAX} for each shard`],
  ['an integration is disabled', `${days(limits.DISABLE_AFTER_MS)} days`],
  ['a site', `${limits.ORIGINS_MAX} origins, ${limits.INTEGRATIONS_MAX} integrations, ${limits.SHARDS_MAX} shards`],
  ['kept', `${limits.RETENTION_DAYS_DEFAULT} days unless the site says otherwise (1 to ${limits.RETENTION_DAYS_MAX})`],
])('%s: %s', (what, promise) => {
  expect(row(what)).toContain(promise);
});

test('the default schedule is spelt out as it is', () => {
  const spelt = limits.SCHEDULE_DEFAULT_S.map((s) =>
    s < 60 ? `${s} s` : s < 3_600 ? `${s / 60} min` : `${s / 3_600} h`,
  );
  expect(readme.replaceAll('\n ', ' ')).toContain(`after ${spelt.slice(0, -1).join(', ')} and ${spelt.at(-1)}`);
});

test('every file that it names is there', () => {
  const named = [...readme.matchAll(/\]\(((?!http)[^)]+)\)/g)].map(([, path]) => path as string);
  expect(named.length).toBeGreaterThan(5);
  for (const path of named) expect(() => readFileSync(join(ROOT, path)), path).not.toThrow(/ENOENT/);
});

test('the line for early calls is the one that was tested', () => {
  const stub = readFileSync(join(ROOT, 'client/stub.js'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith('window.hub'));
  expect(stub).toBeDefined();
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`<script>\n${stub}\n</script>`);
});
