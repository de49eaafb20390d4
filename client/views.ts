// WHEN the site was viewed. Owns which moments are views; which of them count is beacon.ts, who listens is listen.ts.
// A prerendered page is `hidden` too, until it is seen.
// The History API is wrapped only under `data-views="route"` and where there is no Navigation API (tracker.ts).
import { raise } from './beacon.ts';
import { options, safe } from './config.ts';

/** What was viewed last. */
let place: unknown;

/** Counts the page when it is first seen, when it is back from the back/forward cache, and each new place in it. */
export const view = safe((event?: Event): void => {
  if ((event as PageTransitionEvent)?.persisted) place = null;
  if (document.hidden || place == (place = options.views == 'route' && location.href.split('#')[0])) return;
  raise();
});

const wrap = (name: 'pushState' | 'replaceState') => {
  const original = history[name];
  history[name] = (...args) => {
    original.apply(history, args);
    view();
  };
};

/** Has `view` called by the page's own calls, where there is no Navigation API to listen to. */
export const wrapHistory = (): unknown => (['pushState', 'replaceState'] as const).map(wrap);
