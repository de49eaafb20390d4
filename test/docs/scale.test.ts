// SCALE.md: what an event weighs on the disk is measured here, and every line of its arithmetic is calculated again.
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import * as limits from '../../worker/limits.ts';
import { booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { blocksIn, readDocument } from '../support/commands.ts';
import { launch } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const SCALE = 'worker/SCALE.md';
/** So many that the journal writes ids down; how many of the last are in memory alone is a matter of moments. */
const EVENTS = 2 * limits.IDS_AT_HAND_MAX;
const PER_BEACON = 50;
/** A sign-up as a shop has it: what the tracker captures by itself, a campaign, a form of five fields. */
const SIGN_UP = {
  attributes: {
    page_url: 'https://shop.example.com/newsletter?utm_source=mailing&utm_campaign=spring',
    page_title: 'Newsletter – Sunday Loaf',
    referrer: 'https://www.example.org/',
    language: 'en-GB',
    utm_source: 'mailing',
    utm_campaign: 'spring',
  },
  fields: { email: 'joe@bloggs.com', first_name: 'Joe', last_name: 'Bloggs', optin: 'true', city: 'London' },
};

/** Bytes that each of these tables takes on the disk, and how many rows it has. */
function tablesOf(dataDir: string, className: string, tables: string[]): { bytes: number; rows: number }[] {
  const dir = join(dataDir, 'state', 'do', `hubwire-${className}`);
  const file = readdirSync(dir).find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite') ?? 'none';
  const db = new DatabaseSync(join(dir, file));
  try {
    return tables.map((table) => {
      const row = db.prepare(
        `SELECT SUM(pgsize) AS bytes, (SELECT COUNT(*) FROM ${table}) AS rows FROM dbstat WHERE name = ?`,
      );
      const { bytes, rows } = row.get(table) ?? {};
      return { bytes: Number(bytes), rows: Number(rows) };
    });
  } finally {
    db.close();
  }
}

test('an event weighs on the disk what the page says', async () => {
  const receiver = await new Receiver().start();
  const dataDir = await mkdtemp(join(tmpdir(), 'hubwire-scale-'));
  const hub = await launch({ dataDir, env: { DEMO: 'false' } });
  try {
    const siteId = await makeSite(hub);
    await integrate(hub, siteId, receiver.url);
    for (let sent = 0; sent < EVENTS; sent += PER_BEACON)
      await post(
        hub.url,
        siteId,
        Array.from({ length: PER_BEACON }, () => newSignUp(SIGN_UP)),
      );
    await until('the deliveries', () => receiver.ids.size === EVENTS, 60_000);
    await until('their settling', async () => pendingOf(await booksOf(hub, siteId)) === 0);
    await hub.stop();
    const [segments, people, ids] = tablesOf(dataDir, 'Journal', ['segments', 'people', 'ids']);
    const [log] = tablesOf(dataDir, 'Lane', ['log']);
    expect(ids?.rows).toBeGreaterThanOrEqual(limits.IDS_AT_HAND_MAX);
    const weights = {
      'event in the journal': (segments?.bytes ?? 0) / EVENTS,
      'attributes of its session': (people?.bytes ?? 0) / EVENTS,
      'its id': (ids?.bytes ?? 0) / (ids?.rows ?? 0),
      'delivery in the lane': (log?.bytes ?? 0) / EVENTS,
    };
    for (const [part, measured] of Object.entries(weights)) {
      const said = Number(new RegExp(`^\\| ${part} \\| (\\d+) \\|`, 'm').exec(readDocument(SCALE))?.[1]);
      expect(Math.abs(measured / said - 1), `${part}: ${measured} bytes`).toBeLessThan(0.15);
    }
  } finally {
    await hub.stop();
    await receiver.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

/** `3 × 4 ÷ 2 + 1`, by the usual precedence; no brackets. */
function calculate(expression: string): number {
  const product = (term: string) =>
    term
      .split(/ (?=[×÷])/)
      .map((factor) => (factor.startsWith('÷') ? 1 / Number(factor.slice(2)) : Number(factor.replace('× ', ''))))
      .reduce((all, factor) => all * factor, 1);
  return expression
    .split(/ (?=[+−])/)
    .map((term) => (term.startsWith('−') ? -product(term.slice(2)) : product(term.replace('+ ', ''))))
    .reduce((all, term) => all + term, 0);
}

const lines = blocksIn(SCALE, 'text').flatMap(({ text }) => text.trim().split('\n'));

test.each(lines)('%s', (line) => {
  const [, expression = '', result = ''] = /^.*: (.+) = (.+)$/.exec(line.replaceAll(/(?<=\d),(?=\d)/g, '')) ?? [];
  expect(Math.abs(calculate(expression) / Number(result) - 1)).toBeLessThan(0.01);
});

test('wrong arithmetic is found out, and precedence is kept', () => {
  expect(lines.length).toBeGreaterThan(25);
  expect(calculate('1 + 2 × 3 − 8 ÷ 4')).toBe(5);
  expect(calculate('two')).toBeNaN();
});

test('each line of the bill is quantity × price', () => {
  const bill = [...readDocument(SCALE).matchAll(/^\| [^|]+ \| ([\d,.]+) [^|]+ \| \$([\d.]+) [^|]+ \| ([\d,]+) \|$/gm)];
  expect(bill).toHaveLength(7);
  const number = (text = '') => Number(text.replaceAll(',', ''));
  for (const [line, quantity, price, dollars] of bill)
    expect(Math.abs((number(quantity) * number(price)) / number(dollars) - 1), line).toBeLessThan(0.01);
});

test('what it says of our own limits is what the code does', () => {
  const page = readDocument(SCALE);
  expect(page).toContain(`A site has \`shards\`, 1 to ${limits.SHARDS_MAX}.`);
  expect(page).toContain(`a lane holds ${limits.LANE_QUEUE_MAX.toLocaleString('en')} entries at most`);
  expect(page).toContain(`a lane commits ${1_000 / limits.LANE_COMMIT_GAP_MS}\ntimes a second`);
  expect(page).toContain(`at least ${limits.DEDUPE_DAYS_MIN} days`);
  expect([limits.LANE_CONNECTIONS_MAX, limits.STATS_INTERVAL_MS, limits.OUTCOME_WINDOW_MS]).toEqual([6, 10_000, 1_000]);
});
