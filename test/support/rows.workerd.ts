// Looks into a Durable Object, and lets time pass for it: what it keeps as rows and as text, and its alarms one by one.
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** When the object's next alarm is due; null where it has none. */
export const alarmOf = (stub: unknown) =>
  runInDurableObject(stub as DurableObjectStub, (_, { storage }) => storage.getAlarm());

/** Moves the clock forward and fires every alarm on the way. */
export async function pass(stub: unknown, ms: number): Promise<void> {
  const end = Date.now() + ms;
  for (let turns = 0; turns < 2_000; turns++) {
    const at = await alarmOf(stub);
    if (at === null || at > end) break;
    vi.setSystemTime(Math.max(Date.now(), at));
    await runDurableObjectAlarm(stub as DurableObjectStub);
    // The objects' own timers get their turn between two alarms.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  vi.setSystemTime(end);
}

/** Rows of a table of the object. */
export const rowsOf = <T extends Record<string, SqlStorageValue>>(stub: unknown, query: string, ...values: unknown[]) =>
  runInDurableObject(stub as DurableObjectStub, (_, { storage }) => storage.sql.exec<T>(query, ...values).toArray());

/** Everything that an object keeps, as text. */
export const textOf = (stub: unknown) =>
  runInDurableObject(stub as DurableObjectStub, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => JSON.stringify(storage.sql.exec(`SELECT * FROM ${name}`).toArray()))
      .join('\n'),
  );
