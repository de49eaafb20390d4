// What the README promises in figures is what the code does, and what the documents name is there.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
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
  const guide = readFileSync(join(ROOT, 'worker/RECEIVERS.md'), 'utf8');
  for (const text of [readme, guide])
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`after ${spelt.slice(0, -1).join(', ')} and ${spelt.at(-1)}`);
});

test.each(['README.md', 'CHANGELOG.md', 'worker/OPERATING.md', 'worker/RECEIVERS.md', 'worker/SCALE.md'])(
  'every file that %s names is there',
  (document) => {
    const text = readFileSync(join(ROOT, document), 'utf8');
    const named = [...text.matchAll(/\]\(((?!http)[^)#]+)\)|(?:src|srcset)="((?!http)[^"]+\.webp)"/g)];
    for (const [, link, picture] of named) {
      const path = join(ROOT, document, '..', (link ?? picture) as string);
      expect(existsSync(path), path).toBe(true);
    }
    expect(named.length).toBeGreaterThanOrEqual(document === 'CHANGELOG.md' ? 0 : 1);
  },
);

test('pictures are small, and each is there in light and dark', () => {
  const folder = join(ROOT, 'worker/dashboard/screenshots');
  const names = readdirSync(folder);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    expect(statSync(join(folder, name)).size, name).toBeLessThan(150_000);
    expect(names).toContain(name.replace(/light|dark/, (scheme) => (scheme === 'light' ? 'dark' : 'light')));
  }
});

test('the changelog begins with what is coming, then the present version', () => {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const headings = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').match(/^## \[.*$/gm) ?? [];
  expect(headings[0]).toBe('## [Unreleased]');
  expect(headings[1]).toMatch(new RegExp(`^## \\[${version}\\] - \\d{4}-\\d\\d-\\d\\d$`));
});

test('the line for early calls is the one that was tested', () => {
  const stub = readFileSync(join(ROOT, 'client/stub.js'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith('window.hub'));
  // In an editor, file or database without Arabic or Japanese letters, `?` would take their place, and break the line.
  expect(stub).toMatch(/^[ -~]+$/);
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8')).toContain(`<script>\n${stub}\n</script>`);
});
