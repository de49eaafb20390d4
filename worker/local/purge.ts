// Takes out of the files what was erased from the tables: SQLite leaves old content in free pages and in its
// write-ahead log, and the runtime lets no Worker clean them (no secure_delete, no VACUUM inside an object).
// Owns the rewriting of the runtime's databases while nothing else has them open; leaves erasing to the Worker, which
// marks each database that something was erased from. Trade-off: until the next end or start of hubwire, copies may
// remain in the files; rewriting takes as long as copying them.
import { DatabaseSync } from 'node:sqlite';
import { databasesOf, finds, hasTable } from './databases.ts';
import { step } from './say.ts';

const MARKED = "SELECT 1 FROM marks WHERE name = 'erased'";

/** Rewrites all databases, if something was erased from one of them since. */
export async function finishErasures(stateDir: string): Promise<void> {
  const files = databasesOf(stateDir);
  if (!files.some((file) => finds(file, 'marks', MARKED))) return;
  await step('Clear what was erased out of the data files', async () => {
    for (const file of files) purge(file);
  });
}

/** Rewrites a database without anything that is no longer in its tables. Nobody else may have it open. */
function purge(file: string): void {
  const db = new DatabaseSync(file);
  try {
    if (hasTable(db, 'marks')) db.exec("DELETE FROM marks WHERE name = 'erased'");
    db.exec('VACUUM');
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } finally {
    db.close();
  }
}
