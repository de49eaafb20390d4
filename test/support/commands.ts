// The commands that our documents tell people to type: every line of every fenced `sh` block, with the heading above
// it, and what stands in a sentence as `npm …`. Owns the reading of Markdown; what proves a command is up to the tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

export type Command = { document: string; section: string; text: string };

/** The documents of the repository, by their paths from its root. */
export const DOCUMENTS: string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'worker'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `worker/${name}`),
];

export const readDocument = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** Fenced blocks of a language, each with the nearest heading above it. */
export function blocksIn(document: string, language: string): Command[] {
  const parts = readDocument(document).matchAll(/^#+ (.+)$|^```(\w*)\n([\s\S]*?)^```$/gm);
  let section = '';
  const blocks: Command[] = [];
  for (const [, heading, fence, text = ''] of parts) {
    if (heading !== undefined) section = heading;
    else if (fence === language) blocks.push({ document, section, text });
  }
  return blocks;
}

/** Each command of a document's `sh` blocks; a line that ends in a backslash goes on in the next. */
export const commandsIn = (document: string): Command[] =>
  blocksIn(document, 'sh').flatMap((block) =>
    block.text
      .replaceAll('\\\n', '')
      .split('\n')
      .map((line) => line.replaceAll(/\s{2,}/g, ' ').trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((text) => ({ ...block, text })),
  );

/** Commands of npm and npx within sentences and tables, each once. */
export function inlineCommandsIn(document: string): Command[] {
  const found = readDocument(document).matchAll(/`((?:[A-Z_0-9]+=\S+ )*np[mx] [\w./: -]+)`/g);
  return [...new Set([...found].map(([, text]) => text as string))].map((text) => ({
    document,
    section: 'in a sentence',
    text,
  }));
}
