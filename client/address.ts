// WHERE FROM: what the page's address tells. Owns which URL parameters are known; all others are dropped,
// because addresses carry names, tokens and mail addresses that nobody meant to hand on.
import { options } from './config.ts';

const known = RegExp(
  `^(${options.params?.replace(/[\s,]+/g, '|').replace(/\*/g, '.*') ?? 'utm_.*|(g|fb|tt)clid|msclkid'})$`,
);

/** The address with known parameters only; captures those on the way, by first touch, and `hub_NAME` always. */
export const address = (attributes: Record<string, unknown>): string => {
  const url = new URL(location.href.split('#')[0] as string);
  for (const [name, value] of [...url.searchParams]) {
    if (known.test(name)) attributes[name] ??= value;
    else url.searchParams.delete(name);
    if (name.startsWith('hub_')) attributes[name.slice(4)] = value;
  }
  return url.href;
};
