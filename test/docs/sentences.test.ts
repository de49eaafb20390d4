// What the troubleshooting tables quote is what the program says: each quotation stands in the source, word for word.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readDocument } from '../support/commands.ts';
import { root } from '../support/launch.ts';

/** Sources as texts without the seams of long literals: joined lines are one, and what is filled in is `…`. */
const said = ['client', 'worker']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => [folder, name]),
  )
  .filter(([, name]) => /\.(tsx?|mjs)$/.test(name ?? ''))
  .map((path) => readFileSync(join(root, ...path), 'utf8'))
  .map((source) =>
    source
      .replaceAll(/['"`]\s*\+\s*['"`]/g, '')
      .replaceAll(/\$\{(?:[^{}`]|`[^`]*`|\{[^}]*\})*\}/g, '…')
      .replaceAll("\\'", "'")
      .replaceAll('\\n', ' '),
  );
const isSaid = (words: string) => said.some((source) => source.includes(words));

/** First cells of the tables below "Troubleshooting". */
const troubles = (readDocument('worker/OPERATING.md').split('## Troubleshooting')[1] ?? '')
  .split('\n## ')[0]
  ?.split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---') && !line.startsWith('| what you see'))
  .map((line) => line.split(' | ')[0] ?? '');
const quoted = (troubles ?? []).flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, words]) => words as string));
const sentences = quoted.filter((words) => words.includes(' '));

test('there are symptoms, and most are quoted', () => {
  expect(troubles?.length).toBeGreaterThan(40);
  expect(sentences.length).toBeGreaterThan(25);
});

test.each(sentences)('%s', (words) => {
  expect(isSaid(words)).toBe(true);
});

test('a sentence that nobody says is found out', () => {
  expect(isSaid('The receiver did not like … and said so.')).toBe(false);
});
