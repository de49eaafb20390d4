// The admin token: made at the first start, kept in the data folder, readable by its owner alone.
// Owns that file; leaves showing the token to launcher.ts and checking it to the Worker.
// Trade-off: a token from the environment is used as it is and never written down.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { keepFile } from './keep-file.ts';
import { ADMIN_TOKEN_CHARS, ADMIN_TOKEN_CHARS_MIN } from './limits.ts';

/** The token of this data folder. */
export function keepAdminToken(dataDir: string): string {
  const file = join(dataDir, 'admin-token');
  try {
    const kept = readFileSync(file, 'utf8').trim();
    if (kept.length >= ADMIN_TOKEN_CHARS_MIN) return kept;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = nanoid(ADMIN_TOKEN_CHARS);
  keepFile(file, `${made}\n`);
  return made;
}
