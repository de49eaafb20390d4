// WHEN the site was viewed. Owns what counts as a view; what is sent is beacon.ts, who listens is listen.ts.
// A prerendered page is `hidden` too, until it is seen.
// The History API is wrapped only under `data-views="route"` and where there is no Navigation API to listen to.
import { address } from './address.ts';
import { raise } from './beacon.ts';
import { gpc, options, safe } from './config.ts';
import { session } from './session.ts';

let unseen: boolean;
let place: string;

/** Counts the page, now or when it is first seen. */
export const view = safe((): void => {
  unseen = document.hidden;
  if (unseen) return;
  let skip: unknown = gpc || options.views == 'off';
  session((now) => {
    address(now.attributes);
    if (options.views == 'session') {
      skip ||= now.viewed;
      now.viewed = 1;
    }
  });
  if (!skip) raise('SiteViewed');
});

export const onVisibility = (): void => {
  if (unseen) view();
};

export const onPageShow = (event: PageTransitionEvent): void => {
  if (event.persisted) view();
};

const route = (): void => {
  // Compared, because every call and every hash comes by here.
  if (place != (place = location.pathname + location.search)) view();
};

/** Counts this page, and under `data-views="route"` what follows on it. */
export const watchViews = (): void => {
  route();
  if (options.views == 'route') {
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
  }
};
