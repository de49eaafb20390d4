// The line for early calls as pages have it: read from client/stub.js, which the README quotes to the byte.
// Owns nothing but where that line is; what it does is tested in api.ts and privacy.ts.
// Read at each call, because it is short.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The line in a script tag of its own. */
export async function stub(): Promise<string> {
  const lines = (await readFile(join(import.meta.dirname, '../../../client/stub.js'), 'utf8')).split('\n');
  return `<script>${lines.find((line) => line.startsWith('window.hub'))}</script>`;
}
