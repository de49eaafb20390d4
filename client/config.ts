// What the script tag says, read once. Owns which attributes there are; what an absent one means is said where it is
// used: `options` stays the tag's own dataset, and readers compare with the one value that differs from the default.
// Also what every file needs: a log under `data-debug`, and the fence between tracker and page.

export let options: DOMStringMap;
/** Where beacons go. */
export let collector: URL;
/** Global Privacy Control (https://w3c.github.io/gpc/), unless the site says to ignore it. */
export let gpc: unknown;

/** Under `data-debug`, says what happened to an event and why. */
export const log = (...words: unknown[]): void => {
  if (options.debug != null) console.log('hub', ...words);
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

/** Sites and profiles are named by GUIDs; anything else is told to the console, once. */
export const isGuid = (id: unknown): unknown =>
  /^[\da-f]{8}(-[\da-f]{4}){4}[\da-f]{8}$/i.test(id as string) || void console.warn('hub: no GUID:', id);

/** Reads the tag; false where it names no site. */
export const configure = ({ dataset, src }: HTMLScriptElement): unknown => {
  options = dataset;
  gpc = (navigator as { globalPrivacyControl?: unknown }).globalPrivacyControl && dataset.gpc != 'ignore';
  collector = new URL('/v1/events', dataset.collector || src);
  return isGuid(dataset.site);
};
