// One launcher per data folder, and a note in it about who that is.
// Owns the lock and the note `running.json`; leaves a killed launcher's remains to orphan.ts.
// The lock is SQLite's: the kernel drops it the moment its holder dies, so there are no stale locks to guess at, and it
// holds between containers that share a folder, where process ids mean nothing.
// Trade-off: on a network file system without locks two starts would not see each other.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import { keepFile } from './keep-file.ts';
import { LOCK_WAIT_MS } from './limits.ts';

const SQLITE_BUSY = 5;

/** What a launcher tells about itself. `run` marks the processes that it starts. */
const Running = z.object({
  run: z.string(),
  pid: z.number(),
  since: z.string(),
  url: z.string().nullable(),
  demoUrl: z.string().nullable(),
  workerdPid: z.number().nullable(),
});
export type Running = z.infer<typeof Running>;

export type Lock = {
  /** The note of a launcher that was killed, if the last one did not end by itself. */
  killed: Running | null;
  note(running: Running): void;
  release(): void;
};

export type LockResult =
  | { ok: true; lock: Lock }
  | { ok: false; reason: 'held'; holder: Running | null }
  | { ok: false; reason: 'unusable'; detail: string };

/** Takes the data folder, creating it where it is missing, or says who has it. */
export function takeLock(dataDir: string): LockResult {
  const file = join(dataDir, 'running.json');
  let db: DatabaseSync;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    db = new DatabaseSync(join(dataDir, 'lock'), { timeout: LOCK_WAIT_MS });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      return { ok: false, reason: 'held', holder: readNote(file) };
    }
    return { ok: false, reason: 'unusable', detail: error instanceof Error ? error.message : String(error) };
  }
  const lock: Lock = {
    killed: readNote(file),
    note(running) {
      keepFile(file, `${JSON.stringify(running, null, 2)}\n`);
    },
    release() {
      if (!db.isOpen) return;
      rmSync(file, { force: true });
      db.close();
    },
  };
  return { ok: true, lock };
}

/** Reads the note of whoever runs on a data folder; null when there is none that can be understood. */
export function readNote(file: string): Running | null {
  try {
    return Running.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
