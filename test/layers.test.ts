import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** The import ladder: a file imports from lower ranks alone. A rank is matched in order; the first that fits holds. */
const RANKS = [
  /^(event|guid|histogram|limits|result)$/,
  /^(deadlines|diagnose|headers|reject|seal)$/,
  /^(access-links|beacon|config|credentials|delivery|endpoint|payload|read-answer|sample|schedule|shards|sign|stats|throttle)$/,
  /^rpc$/,
  /^bindings$/,
  /^(client-address|edit|erase|etag|group-commit|parse|target)$/,
  /^deliver$/,
  /^in-flight$/,
  /(?<!-rows)-tables$/,
  /^audit$/,
  /-rows-tables$/,
  /^(accept|access|attempt|count|elsewhere|hand-over|health|lane-log|outcomes|reader|recount|settle|site|vault)$/,
  /^(close-down|history|journal-care|journal-report|outcome|publish|sender)$/,
  /^(erase-everywhere|report)$/,
  /^(lane-care|publication)$/,
  /^lane-disk$/,
  /^(books|deliveries|directory|journal|lane)$/,
  /^api\/|^(collect|script|well-known)$/,
  /^dashboard\//,
  /^index$/,
];

/** Where clock and randomness come from, to be passed on as values: what the platform calls. */
const ENTRIES = ['index', 'api/app', 'journal', 'lane', 'directory', 'access', 'vault'].map(
  (name) => `worker/${name}.ts`,
);
/** The dashboard's, what runs in its readers' browsers, and what it shows them to copy. */
const PAGES = ['app.tsx', 'client/times.ts', 'snippets.ts'].map((name) => `worker/dashboard/${name}`);

const files = readdirSync(join(ROOT, 'worker'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.tsx?$/.test(file) && !file.startsWith('local'))
  .map((file) => `worker/${file.replaceAll('\\', '/')}`);
const rankOf = (file: string) => RANKS.findIndex((pattern) => pattern.test(file.replace(/^worker\/|\.tsx?$/g, '')));
const folderOf = (file: string) => /^worker\/(\w+)\//.exec(file)?.[1];
const source = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const imports = (file: string): { to: string; typeOnly: boolean }[] =>
  [...source(file).matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)';/gms)].map(([, type, path]) => ({
    to: relative(ROOT, join(ROOT, dirname(file), path as string)).replaceAll('\\', '/'),
    typeOnly: type !== undefined,
  }));

test('every file of the Worker has its rank', () => {
  expect(files.filter((file) => rankOf(file) === -1)).toEqual([]);
});

test('imports go down the ladder', () => {
  const upward = files.flatMap((file) =>
    imports(file)
      .filter(({ to }) => rankOf(to) >= rankOf(file) && !(folderOf(file) && folderOf(file) === folderOf(to)))
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
  ['the network', /(?<![.\w])fetch\(/, ['worker/deliver.ts', 'worker/index.ts', 'worker/dashboard/client/live.ts']],
  ['SQL', /\.sql\b/, files.filter((file) => file.endsWith('-tables.ts'))],
  ['KV', /\b(HUB_KV|kv)\.(get|put|delete|list)\w*\(/, ['worker/site.ts', 'worker/outcomes.ts', 'worker/directory.ts']],
  ['the clock', /Date\.now\b|new Date\(\)/, [...ENTRIES, ...PAGES]],
  ['chance', /Math\.random|randomUUID|getRandomValues|nanoid/, ENTRIES],
])('%s has its doors', (_, effect, doors) => {
  const code = (file: string) => source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
  expect(files.filter((file) => effect.test(code(file)) && !doors.includes(file))).toEqual([]);
});

test('no file is longer than 250 lines, and each begins by saying what it owns', () => {
  expect(files.filter((file) => source(file).split('\n').length > 251)).toEqual([]);
  expect(files.filter((file) => !source(file).startsWith('// '))).toEqual([]);
});
