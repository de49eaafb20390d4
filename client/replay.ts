// What was called before the script came: plays back the calls that the stub (stub.js) kept in this page, and those
// that it stored in a page which was left too early. Owns their order and that each keeps its id and its moment,
// so that a call which two pages play back is still one event. Without consent none is read from storage.
import { replaying } from './beacon.ts';
import { safe } from './config.ts';
import type { Hub } from './hub.d.ts';
import { CALL, disk, keys, load } from './store.ts';

export type Call = [name: keyof Hub, args: unknown[], resolve?: (value: unknown) => void];

/** By the key that the stub gave. Shared, because one of these calls may give consent, which comes here again. */
let waiting: Record<string, Call> = {};

/** Makes the calls of `hub`, oldest first. */
export const replay = safe((hub: Hub, calls: Record<string, Call> = waiting): void => {
  waiting = calls;
  for (const key of keys(CALL)) waiting[key] ||= load(key) as Call;
  for (const key of Object.keys(waiting).sort()) {
    const call = waiting[key];
    delete waiting[key];
    delete disk[key];
    if (call) {
      const [name, args, resolve] = call;
      replaying(key.slice(5));
      const result = (hub[name] as (...args: unknown[]) => unknown)(...args);
      resolve?.(result);
    }
  }
  replaying();
});
