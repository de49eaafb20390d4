// The runtime's databases as files: which there are, and whether one holds something. For the launcher, before the
// runtime runs and after it has ended: nobody else may have them open. Owns looking; changing is its callers'.
// Trade-off: knows where the runtime keeps objects (state/do), which no interface of it tells.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The files of all Durable Objects; none where there was no start yet. */
export function databasesOf(stateDir: string): string[] {
  const dir = join(stateDir, 'do');
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sqlite'))
      .map((name) => join(dir, name));
  } catch {
    return [];
  }
}

/** Whether `query`, which reads `table`, finds a row. */
export function finds(file: string, table: string, query: string): boolean {
  const db = new DatabaseSync(file);
  try {
    return hasTable(db, table) && db.prepare(query).get() !== undefined;
  } finally {
    db.close();
  }
}

export const hasTable = (db: DatabaseSync, table: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?").get(table) !== undefined;
