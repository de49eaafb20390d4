// WHEN the site was viewed. Owns what counts as a view; what is sent is beacon.ts, who listens is listen.ts.
// A prerendered page is `hidden` too, until it is seen.
// The History API is wrapped only under `data-views="route"` and where there is no Navigation API to listen to.
import { address } from './address.ts';
import { raise } from './beacon.ts';
import { gpc, options, safe } from './config.ts';
import { session } from './session.ts';

/** What was viewed last. */
let place: unknown;

/** Counts the page when it is first seen, when it is back from the back/forward cache, and each new place in it. */
export const view = safe((event?: Event): void => {
  if ((event as PageTransitionEvent)?.persisted) place = 0;
  if (document.hidden || place == (place = options.views == 'route' ? location.href.split('#')[0] : 1)) return;
  let skip: unknown;
  const who = session((now) => {
    address(now.attributes);
    skip = gpc || { off: 1, session: now.at[2] }[options.views as string];
    now.at[2] = 1;
  });
  if (!skip) raise(who);
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
