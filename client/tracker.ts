// The entry, and the only file that acts on import. Owns the order of the start: consent, what was left over, the calls
// that the stub kept, then forms and views, whose first beacon leaves in this same task.
// The build puts a fence round it all (build.mjs).
import { hub } from './api.ts';
import { isGuid, options } from './config.ts';
import { listen } from './listen.ts';
import { flush } from './outbox.ts';
import { replay } from './replay.ts';
import { decide } from './store.ts';
import { view, wrapHistory } from './views.ts';

/**
 * How long a page has to stay before it sends what others left: a chain of short ones in front of a slow collector would
 * send again, each, all that the ones before it still have in flight.
 */
const SOON_MS = 1e3;

if (!window.hub?.session && isGuid(options.site)) {
  window.hub = hub;
  if (options.consent != 'required') decide(true);
  flush(SOON_MS);
  replay(hub);
  listen(window);
  view();
  if (options.views == 'route')
    if (window.navigation?.currentEntry)
      // Scripts of the page may have a variable of that name.
      listen(window.navigation);
    else wrapHistory();
}
