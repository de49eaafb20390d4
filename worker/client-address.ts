// Who asks, as far as counting goes: the key under which floods and guesses are counted. Cloudflare sets
// CF-Connecting-IP and lets no visitor choose it; under `npm start` there is no address that could be trusted, also not
// behind a tunnel, and all count as one. Trade-off: people behind one address share the count.
import type { Env } from './bindings.ts';

/** What all are who have no address, or none that can be trusted. */
const UNKNOWN = 'unknown';
/** One customer's network (RFC 6177): whoever has one IPv6 address has all of it, 2^64. */
const IPV6_NETWORK_GROUPS = 4;

export function clientAddress(headers: Headers, { CLIENT_ADDRESS }: Pick<Env, 'CLIENT_ADDRESS'>): string {
  const address = CLIENT_ADDRESS === UNKNOWN ? null : headers.get('cf-connecting-ip');
  return address?.includes(':') ? networkOf(address) : address || UNKNOWN;
}

/** The first groups of an IPv6 address, `::` written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - groups(head).length - groups(tail).length);
  const all = [...groups(head), ...Array<string>(gap).fill('0'), ...groups(tail ?? '')];
  return all
    .slice(0, IPV6_NETWORK_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
