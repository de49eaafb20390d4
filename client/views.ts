// WHEN the site was viewed. Owns what counts as a view; what is sent is beacon.ts.
// Prerendered and hidden pages are seen when they become visible, so `visibilityState` covers both.
// The History API is wrapped only under `data-views="route"` and where there is no Navigation API to listen to.
import { address } from './address.ts';
import { raise } from './beacon.ts';
import { gpc, options, safe } from './config.ts';
import { session } from './session.ts';

let last: string;

const view: () => void = safe(() => {
  if (document.visibilityState == 'hidden') {
    addEventListener('visibilitychange', view, { once: true });
    return;
  }
  const { views } = options;
  let skip: unknown = gpc || views == 'off';
  session((now) => {
    address(now.attributes);
    if (views == 'session') {
      skip ||= now.viewed;
      now.viewed = 1;
    }
  });
  if (!skip) raise('SiteViewed');
});

const route = (): void => {
  // Compared, because every call and every hash comes by here.
  if (last != (last = location.pathname + location.search)) view();
};

/** Counts this page, and what follows on it. */
export const watchViews = () => {
  addEventListener('pageshow', (event) => {
    if (event.persisted) view();
  });
  if (options.views != 'route') return view();
  route();
  if ('NavigateEvent' in window) navigation.addEventListener('currententrychange', route);
  else {
    addEventListener('popstate', route);
    for (const name of ['pushState', 'replaceState'] as const) {
      const original = history[name];
      history[name] = (...args) => {
        original.apply(history, args);
        route();
      };
    }
  }
};
