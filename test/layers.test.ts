import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The import ladder: a file imports from lower ranks alone. A rank is matched in order; the first that fits holds. */
const RANKS: [number, RegExp][] = [
  [6, /^worker\/index\.ts$/],
  [5, /^worker\/(api|dashboard)\/|^worker\/(collect|script|well-known)\.ts$/],
  [4, /^worker\/(journal|lane|directory|books)\.ts$/],
  [3, /^worker\/(site|accept|access|outcomes|outcome|attempt|settle|report|publish|publication|vault)\.ts$/],
  [2, /^worker\/(access-links|bindings|edit|etag|parse|deliver|in-flight)\.ts$|^worker\/[a-z-]+-tables\.ts$/],
  [
    1,
    /^worker\/(beacon|config|credentials|diagnose|endpoint|headers|payload|read-answer|reject|schedule|seal|shards|sign|stats)\.ts$/,
  ],
  [0, /^worker\/(event|guid|histogram|limits|result)\.ts$/],
];
/** Within a rank, only along these. */
const SAME_RANK = new Set([
  'worker/config.ts → worker/headers.ts',
  'worker/credentials.ts → worker/seal.ts',
  'worker/schedule.ts → worker/diagnose.ts',
  'worker/read-answer.ts → worker/headers.ts',
  'worker/publication.ts → worker/publish.ts',
  'worker/publication.ts → worker/site.ts',
  'worker/publication.ts → worker/vault.ts',
  'worker/report.ts → worker/outcome.ts',
  'worker/report.ts → worker/outcomes.ts',
  'worker/outcome.ts → worker/outcomes.ts',
  'worker/publish.ts → worker/outcomes.ts',
  'worker/publish.ts → worker/site.ts',
]);

/** Where clock and randomness come from, to be passed on as values: what the platform calls. */
const ENTRIES = ['index', 'api/app', 'journal', 'lane', 'directory', 'access', 'vault'].map(
  (name) => `worker/${name}.ts`,
);

const files = readdirSync(join(ROOT, 'worker'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('local'))
  .map((file) => `worker/${file.replaceAll('\\', '/')}`);
const rankOf = (file: string) => RANKS.find(([, pattern]) => pattern.test(file))?.[0];
const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const imports = (file: string): { to: string; typeOnly: boolean }[] =>
  [...source(file).matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)';/gms)].map(([, type, path]) => ({
    to: relative(ROOT, join(ROOT, dirname(file), path as string)).replaceAll('\\', '/'),
    typeOnly: type !== undefined,
  }));

test('every file of the Worker has its rank', () => {
  expect(files.filter((file) => rankOf(file) === undefined)).toEqual([]);
});

test('imports go down the ladder', () => {
  const upward = files.flatMap((file) =>
    imports(file)
      .filter(({ to }) => {
        const [from, rank] = [rankOf(file) as number, rankOf(to) as number];
        if (rank < from) return false;
        if (rank === from && (from === 5 || from === 2)) return false;
        return !SAME_RANK.has(`${file} → ${to}`);
      })
      .map(({ to }) => `${file} → ${to}`),
  );
  expect(upward).toEqual([]);
});

test('no import goes round', () => {
  const open = new Set<string>();
  const closed = new Set<string>();
  const rounds: string[] = [];
  const visit = (file: string): void => {
    if (closed.has(file)) return;
    if (open.has(file)) return void rounds.push([...open, file].join(' → '));
    open.add(file);
    for (const { to } of imports(file)) visit(to);
    open.delete(file);
    closed.add(file);
  };
  for (const file of files) visit(file);
  expect(rounds).toEqual([]);
});

test.each([
  ['the network', /(?<![.\w])fetch\(/, ['worker/deliver.ts', 'worker/index.ts']],
  ['SQL', /\.sql\b/, files.filter((file) => file.endsWith('-tables.ts'))],
  ['KV', /\b(HUB_KV|kv)\.(get|put|delete|list)\w*\(/, ['worker/site.ts', 'worker/outcomes.ts', 'worker/directory.ts']],
  ['the clock', /Date\.now\b|new Date\(\)/, ENTRIES],
  ['chance', /Math\.random|randomUUID|getRandomValues|nanoid/, ENTRIES],
])('%s has its doors', (_, effect, doors) => {
  const code = (file: string) => source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  expect(files.filter((file) => effect.test(code(file)) && !doors.includes(file))).toEqual([]);
});

test('no file is longer than 250 lines, and each begins by saying what it owns', () => {
  expect(files.filter((file) => source(file).split('\n').length > 251)).toEqual([]);
  expect(files.filter((file) => !source(file).startsWith('// '))).toEqual([]);
});
