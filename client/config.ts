// What the script tag says, read once. Owns which attributes there are; what an absent one means is said where it is
// used: `options` is the tag's own dataset, and readers compare with the one value that differs from the default.
// Also what every file needs: a log under `data-debug`, and the fence between tracker and page.

const script = document.currentScript as HTMLScriptElement;
export const options = script.dataset;

/** Where beacons go. */
export const collector = new URL('/v1/events', options.collector || script.src);

/** Global Privacy Control (https://w3c.github.io/gpc/), unless the site says to ignore it. */
export const gpc: unknown =
  (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl && options.gpc != 'ignore';

/** Under `data-debug`, says what happened to an event and why. */
export const log = (...words: unknown[]): void => {
  if ('debug' in options) console.log('hub', ...words);
};

/** The same function, but it returns undefined where the original throws: our trouble is never the page's. */
export const safe =
  <A extends unknown[], R>(run: (...args: A) => R) =>
  (...args: A): R | undefined => {
    try {
      return run(...args);
    } catch (error) {
      log(error);
    }
  };

/** Sites and profiles are named by GUIDs; anything else is told to the console, once. Dashes are not counted here. */
export const isGuid = (id: unknown): unknown =>
  /^[\da-f-]{36}$/i.test(id as string) || void console.warn('hub: no GUID:', id);
