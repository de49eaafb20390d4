// Composition only: which address is answered by whom, and the objects that the platform has to know. The beacons'
// way comes first and without a router, because it is nearly all of the traffic.
import { api } from './api/app.ts';
import type { Env } from './bindings.ts';
import { collect } from './collect.ts';
import { dashboard } from './dashboard/app.tsx';
import { docs } from './dashboard/docs.tsx';
import { refuse } from './reject.ts';
import { isScript, serveScript } from './script.ts';
import { serveKeys, WELL_KNOWN_PATH } from './well-known.ts';

export { Directory } from './directory.ts';
export { Journal } from './journal.ts';
export { Lane } from './lane.ts';

// The address that the launcher prints: whoever opens it wants to see something.
api.get('/', (context) => context.redirect('/dashboard', 303));
api.get('/health', ({ env }) => Response.json({ status: 'ok', version: env.VERSION ?? 'dev' }));
api.get(WELL_KNOWN_PATH, ({ env, req }) => serveKeys(env, req.param('file'), Date.now()));
api.route('/', docs);
api.route('/dashboard', dashboard);
api.notFound(() => refuse({ tag: 'not_found', what: 'address' }));
api.onError((error) => {
  console.error('a request failed:', error);
  return refuse({ tag: 'unavailable', detail: String(error) });
});

const EVENTS_URL = /^https?:\/\/[^/?#]+\/v1\/events(?:[?#]|$)/;

export default {
  fetch(request, env, context): Response | Promise<Response> {
    // Without a URL object: it would cost a beacon as much as reading its JSON does.
    if (EVENTS_URL.test(request.url)) return collect(request, env, Date.now());
    const { pathname } = new URL(request.url);
    if (isScript(pathname)) return serveScript(request, env, pathname);
    return api.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
