// Data folders that former versions left, made by test/docs/keep-folder.ts. Owns where they lie and what is known of
// them; what has to become of them is up to the tests.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = join(import.meta.dirname, '..', 'docs', 'folders');

export type KeptFolder = {
  site_id: string;
  integration_id: string;
  secret: string;
  user_profile_id: string;
  /** How many events it had accepted and delivered. */
  sign_ups: number;
};

/** The versions that left one. */
export const KEPT: string[] = readdirSync(FOLDERS)
  .filter((name) => name.endsWith('.tar.gz'))
  .map((name) => name.replace('.tar.gz', ''));

/** Puts the data folder of a version into `home`, as `.hubwire`. */
export function unpackKept(home: string, version = KEPT.at(-1) ?? 'none'): KeptFolder {
  execFileSync('tar', ['-xzf', join(FOLDERS, `${version}.tar.gz`), '-C', home]);
  return JSON.parse(readFileSync(join(FOLDERS, `${version}.json`), 'utf8'));
}
