// The key that seals secrets: made at the first start, kept in the data folder, readable by its owner alone.
// Owns that file; leaves sealing to the Worker. A key from the environment comes first and is never written down; the
// folder's own then still opens what it had sealed.
// Trade-off: the key lies beside what it seals. It keeps secrets out of copies of the state; whoever has all of the
// folder has the key. Those for whom that is too near set SECRETS_KEY.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRETS_KEY_BYTES } from '../limits.ts';
import { keyringOf } from '../seal.ts';
import { databasesOf, finds } from './databases.ts';
import { keepFile } from './keep-file.ts';

export type SecretsKey = { ok: true; key: string } | { ok: false; sentence: string };

/** The keys for this data folder, in the form of SECRETS_KEY. A key that is damaged or gone stops the start: a new one opens nothing. */
export function keepSecretsKey(dataDir: string, fromEnvironment: string | undefined): SecretsKey {
  const file = join(dataDir, 'secrets-key');
  const kept = readKept(file);
  if (kept !== null && !keyringOf(kept).ok)
    return {
      ok: false,
      sentence: `${file} does not hold a key any more. Put its copy back; without it the secrets in ${dataDir} can't be read.`,
    };
  if (fromEnvironment !== undefined) return { ok: true, key: [fromEnvironment, kept ?? []].flat().join(',') };
  if (kept !== null) return { ok: true, key: kept };
  if (databasesOf(join(dataDir, 'state')).some((db) => finds(db, 'site_secrets', 'SELECT 1 FROM site_secrets')))
    return {
      ok: false,
      sentence:
        `${file} is missing, and the secrets in ${dataDir} were sealed with a key. Put its copy back, or give the key as SECRETS_KEY.\n` +
        `Is the key lost? Then its secrets are, too: make a new one with "openssl rand -base64 32 > ${file}", and new secrets for every integration.`,
    };
  const made = randomBytes(SECRETS_KEY_BYTES).toString('base64');
  keepFile(file, `${made}\n`);
  return { ok: true, key: made };
}

function readKept(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
