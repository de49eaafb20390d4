// The README names what a page may say: each attribute that the tracker reads, and each call and event that it offers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDocument } from '../support/commands.ts';
import { root } from '../support/launch.ts';

const sources = readdirSync(join(root, 'client'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'client', name), 'utf8'))
  .join('\n');
const dashed = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const read = [
  ...[...sources.matchAll(/\bdata-[a-z][a-z-]+/g)].map(([name]) => name),
  ...[...sources.matchAll(/\b(?:dataset|options)\.(\w+)/g)].map(([, name]) => `data-${dashed(name ?? '')}`),
];
const calls = [...(/interface Hub \{(.*?)\n\}/s.exec(sources)?.[1] ?? '').matchAll(/^ {2}(\w+)[(<]/gm)];

test.each([...new Set(read), ...calls.map(([, name]) => `hub.${name}(`), 'hub.session', 'hub:event', 'dataLayer'])(
  '%s is in the README',
  (name) => {
    expect(readDocument('README.md').split('<details>')[0]).toContain(name);
  },
);

test('attributes and calls were found', () => {
  expect(new Set(read).size).toBeGreaterThan(8);
  expect(calls.length).toBe(5);
});
