// Writes a small file so that a kill leaves either the former or the new one, never half; its owner alone may read it.
// Owns nothing else. Trade-off: synchronous, since what is kept here is needed before the next step anyway.
import { renameSync, writeFileSync } from 'node:fs';

/** Replaces the file's content in one step. */
export function keepFile(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
