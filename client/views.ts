// WHEN the site was viewed. Owns which moments are views; which of them count is beacon.ts, who listens is listen.ts.
// A prerendered page is `hidden` too, until it is seen.
// The History API is wrapped only under `data-views="route"` and where there is no Navigation API to listen to.
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

/** Counts this page, and under `data-views="route"` what follows on it. */
export const watchViews = (): void => {
  view();
  if (options.views == 'route')
    if ((window as { NavigateEvent?: unknown }).NavigateEvent) navigation.addEventListener('currententrychange', view);
    else (['pushState', 'replaceState'] as const).map(wrap);
};
