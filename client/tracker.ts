// The entry, and the only file that acts on import. Owns the order of the start: consent, what was left over, the calls
// that the stub kept, then forms and views, whose first beacon leaves in this same task.
// The build puts a fence round it all (build.mjs).
import { hub } from './api.ts';
import { isGuid, options } from './config.ts';
import { listen } from './listen.ts';
import { flush } from './outbox.ts';
import { type Call, replay } from './replay.ts';
import { decide } from './store.ts';
import { watchViews } from './views.ts';

const known = window.hub as typeof hub & { q?: Record<string, Call> };
if (!known?.session && isGuid(options.site)) {
  window.hub = hub;
  decide(options.consent != 'required' || undefined);
  flush();
  replay(hub, known?.q);
  listen(window);
  watchViews();
}
