// The entry, and the only file that acts on import. Owns the order of the start: configuration, consent,
// the calls that the stub kept, then forms and views, whose first beacon leaves in this same task.
import { hub } from './api.ts';
import { replaying } from './beacon.ts';
import { configure, options, safe } from './config.ts';
import { watchForms } from './forms.ts';
import { flush } from './outbox.ts';
import { CALL, decide, get, keys, remove } from './store.ts';
import { watchViews } from './views.ts';

type Call = [name: keyof typeof hub, args: unknown[], resolve?: (value: unknown) => void];

/** Makes the calls that were kept while the script was on its way, also those of a page that did not wait for it. */
const replay = safe((waiting: Record<string, Call> = {}): void => {
  for (const key of keys(CALL)) waiting[key] ||= JSON.parse(get(key) as string);
  for (const key of Object.keys(waiting).sort()) {
    const [name, args, resolve] = waiting[key] as Call;
    replaying({ id: key.slice(-36), time: +key.slice(CALL.length, -36) });
    const result = (hub[name] as (...args: unknown[]) => unknown)(...args);
    resolve?.(result);
    remove(key);
  }
  replaying({});
});

const start = (): void => {
  const known = window.hub as typeof hub & { q?: Record<string, Call> };
  if (known?.session || !configure(document.currentScript as HTMLScriptElement)) return;
  window.hub = hub;
  decide(options.consent != 'required' || undefined);
  replay(known?.q);
  if (options.forms != 'off') watchForms(window);
  watchViews();
  flush();
  addEventListener('online', flush);
};

safe(start)();
