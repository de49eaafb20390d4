// What was called before the script came: plays back the calls that the stub (stub.js) kept in this page, and those
// that it stored in a page which was left too early. Owns their order and that each keeps its id and its moment,
// so that a call which two pages play back is still one event.
import { hub } from './api.ts';
import { replaying } from './beacon.ts';
import { safe } from './config.ts';
import { CALL, disk, keys } from './store.ts';

export type Call = [name: keyof typeof hub, args: unknown[], resolve?: (value: unknown) => void];

/** Makes the calls, oldest first. */
export const replay = safe((waiting: Record<string, Call> = {}): void => {
  for (const key of keys(CALL)) waiting[key] ||= JSON.parse(disk[key] as string);
  for (const key of Object.keys(waiting).sort()) {
    const [name, args, resolve] = waiting[key] as Call;
    replaying({ id: key.slice(-36), time: +key.slice(5, 18) });
    const result = (hub[name] as (...args: unknown[]) => unknown)(...args);
    resolve?.(result);
    delete disk[key];
  }
  replaying({});
});
