// WHERE FROM: what the page's address tells. Owns which URL parameters are known; all others are dropped,
// because addresses carry names, tokens and mail addresses that nobody meant to hand on.
import { options } from './config.ts';

/** The address with known parameters only; captures them on the way, by first touch, and `hub_NAME` always. */
export const address = (attributes?: Record<string, unknown>): string => {
  const known = RegExp(
    `^(${options.params?.replace(/[\s,]+/g, '|').replace(/\*/g, '.*') ?? 'utm_.*|(g|fb|tt)clid|msclkid'})$`,
  );
  const kept = new URLSearchParams();
  for (const [name, value] of new URLSearchParams(location.search))
    if (known.test(name)) {
      kept.append(name, value);
      if (attributes && !(name in attributes)) attributes[name] = value;
    } else if (attributes && name.startsWith('hub_')) attributes[name.slice(4)] = value;
  return location.href.replace(/[?#].*/, '') + (`${kept}` && `?${kept}`);
};
