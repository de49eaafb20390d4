// What was called before the script came: plays back the calls that the stub (stub.js) kept in this page, and those
// that it stored in a page which was left too early. Owns their order and that each keeps its id and its moment,
// so that a call which two pages play back is still one event. Without consent none is read from storage.
import { earlier } from './beacon.ts';
import { safe } from './config.ts';
import type { Hub } from './hub.d.ts';
import { CALL, disk, keys, load } from './store.ts';

type Call = [name: keyof Hub, args: unknown[], resolve?: (value: unknown) => void];

/** By the key that the stub gave. Shared, because one of these calls may give consent, which comes here again. */
const waiting: Record<string, Call> = (window.hub as { q?: Record<string, Call> } | undefined)?.q ?? {};

/** Makes the calls of `hub`, oldest first. */
export const replay = safe((hub: Hub): void => {
  keys(CALL).map((key) => (waiting[key] ||= load(key) as Call));
  Object.keys(waiting)
    .sort()
    .map(
      safe((key) => {
        const call = waiting[key] as Call;
        delete waiting[key];
        delete disk[key];
        earlier[0] = key.slice(5);
        (hub[call[0]] as (...args: unknown[]) => Promise<unknown> | undefined)(...call[1])?.then(call[2]);
      }),
    );
  earlier.pop();
});
