// Which URLs may be called: asked when an integration is saved and again at each attempt, because rules may change
// in between. It judges the parsed URL (which has undone numeric and IPv6-mapped spellings). A name that resolves to
// a private address can't be seen here: under `npm start` a network binding refuses it below DNS, and in production
// Workers have no private network to reach.
import { fail, ok, type Result } from './result.ts';

/** `ownHosts`: the collector's own, with the port where it is not the scheme's. */
export type EndpointRules = { loopback: boolean; ownHosts?: readonly string[] };

export type EndpointRefusal =
  | 'not_a_url'
  | 'scheme_not_allowed'
  | 'credentials_in_url'
  | 'port_not_allowed'
  | 'address_not_allowed'
  | 'host_not_allowed';

/** A refusal as a sentence for the person who entered the URL. */
export function explainRefusal(refusal: EndpointRefusal): string {
  switch (refusal) {
    case 'not_a_url':
      return 'This is not a URL. Enter one such as https://example.com/webhooks.';
    case 'scheme_not_allowed':
      return 'Only https:// URLs can be called.';
    case 'credentials_in_url':
      return 'The URL holds a user name or password. Take it out; deliveries are signed instead.';
    case 'port_not_allowed':
      return 'Only port 443 can be called.';
    case 'address_not_allowed':
      return 'The URL holds an IP address. Enter a public host name.';
    case 'host_not_allowed':
      return 'This host is not public, or is the collector itself. Enter a public host name.';
  }
}

const PRIVATE_SUFFIX = /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|test|invalid|onion|arpa)$/;

/** The URL in its normal form, or why it may not be called. */
export function checkEndpoint(text: string, rules: EndpointRules): Result<URL, EndpointRefusal> {
  const url = URL.parse(text);
  if (!url) return fail('not_a_url');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fail('scheme_not_allowed');
  if (url.username || url.password) return fail('credentials_in_url');
  const host = url.hostname.replace(/\.+$/, '');
  if (rules.ownHosts?.includes(url.port ? `${host}:${url.port}` : host)) return fail('host_not_allowed');
  if (rules.loopback && isLoopback(host)) return ok(url);
  if (url.protocol !== 'https:') return fail('scheme_not_allowed');
  if (isAddress(host)) return fail('address_not_allowed');
  if (PRIVATE_SUFFIX.test(host) || !host.includes('.')) return fail('host_not_allowed');
  // workers.dev in the same zone answers 1042; another's is called by its custom domain.
  if (host.endsWith('.workers.dev')) return fail('host_not_allowed');
  if (url.port !== '') return fail('port_not_allowed');
  return ok(url);
}

/** Of a host without its port. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

const isAddress = (host: string) => host.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host);
