// Whom an attempt calls and in whose name: the endpoint, judged, and the credentials, opened. They are the same for
// thousands of attempts, so what was found is remembered while the configuration is the same object and until a key
// expires; a new configuration is judged and opened anew, and a refusal at each attempt. Trade-off: rules and keys of
// the environment are taken to stay as they are, which they do for as long as an isolate lives.
import { type Credentials, type Opened, openCredentials } from './credentials.ts';
import type { Cause } from './diagnose.ts';
import { checkEndpoint, type EndpointRules, explainRefusal } from './endpoint.ts';
import { fail, ok, type Result } from './result.ts';
import type { KeyProblem, Keyring } from './seal.ts';

/** As an integration is configured. */
export type Address = { url: string; credentials: Credentials; own_hosts: readonly string[] };

export type Target = Opened & { url: URL };
/** `error` in words. */
export type NoTarget = { cause: Cause; error: string };
export type Environment = { rules: EndpointRules; keyring: Result<Keyring, KeyProblem> };

/** `until` (ms): when the next key expires. */
type Known = { url: string; ownHosts: readonly string[]; until: number; target: Target };
const known = new WeakMap<Credentials, Known>();

/** What an attempt at `at` (ms) needs, or why none can be made. */
export function targetOf(address: Address, { rules, keyring }: Environment, at: number): Result<Target, NoTarget> {
  const { url, credentials, own_hosts: ownHosts } = address;
  const last = known.get(credentials);
  if (last && last.url === url && last.ownHosts === ownHosts && at < last.until) return ok(last.target);
  const endpoint = checkEndpoint(url, { ...rules, ownHosts });
  if (!endpoint.ok) return fail({ cause: 'endpoint_refused', error: explainRefusal(endpoint.reason) });
  const opened = openCredentials(credentials, keyring, at);
  if (!opened.ok) return fail({ cause: 'secrets_closed', error: opened.reason });
  const target = { ...opened.value, url: endpoint.value };
  known.set(credentials, { url, ownHosts, until: nextEnd(credentials, at), target });
  return ok(target);
}

const nextEnd = ({ secrets, pairs }: Credentials, at: number): number =>
  Math.min(...[...secrets, ...pairs].map(({ expires_at }) => expires_at ?? Infinity).filter((end) => end > at));
