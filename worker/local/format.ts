// Which format the data folder has, in a note beside the data: a hubwire that is older than the data must not touch it.
// Owns that note and the sentences for when it forbids a start. Tables that are missing are made by whoever needs them;
// DATA_FORMAT is raised only when an older hubwire would misread what this one writes, and the step from the former
// format is then taken here, before the runtime starts. Trade-off: the note is all that is looked at; a folder without
// one is new, or from before there were notes, and both are format 1.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { keepFile } from './keep-file.ts';
import { DATA_FORMAT } from './limits.ts';

const Note = z.object({ format: z.int().min(1), hubwire: z.string() });

export type Format = { ok: true } | { ok: false; sentence: string };

/** Notes that this version uses the folder, or says why it must not. */
export function keepFormat(dataDir: string, version: string): Format {
  const file = join(dataDir, 'format.json');
  const text = read(file);
  const note = text === null ? { format: 1, hubwire: version } : parse(text);
  if (note === null)
    return {
      ok: false,
      sentence: `${file} cannot be read. If hubwire ${version} was the last to use this folder, delete that file and run npm start again; else put its copy back.`,
    };
  if (note.format > DATA_FORMAT)
    return {
      ok: false,
      sentence: `The data folder ${dataDir} was written by hubwire ${note.hubwire}, in a format that hubwire ${version} does not know. Nothing was changed. Start hubwire ${note.hubwire} or newer, restore a backup made before the upgrade, or choose another folder with HUBWIRE_DATA.`,
    };
  const now = `${JSON.stringify({ format: DATA_FORMAT, hubwire: version } satisfies z.infer<typeof Note>)}\n`;
  if (text !== now) keepFile(file, now);
  return { ok: true };
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parse(text: string): z.infer<typeof Note> | null {
  try {
    return Note.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
