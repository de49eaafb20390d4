// What a lane needs to speak for an integration: the secrets and private keys that sign, and custom headers. All are
// sealed wherever they lie, and opened here for one attempt. Each signing one carries its end, so that an expired one
// never signs, even where the configuration that drops it comes late. Making and ending them is vault.ts.

import { fail, ok, type Result } from './result.ts';
import { explainUnopened, type KeyProblem, type Keyring, type Unopened } from './seal.ts';

/** `expires_at`: ms since 1970; null for the one that has no end yet. */
export type SealedKey = { sealed: string; expires_at: number | null };

export type Credentials = {
  site_id: string;
  integration_id: string;
  /** Newest first. */
  secrets: SealedKey[];
  /** Ed25519 private keys; empty where the site does not sign with them. */
  pairs: SealedKey[];
  /** Name → sealed value. */
  headers: Record<string, string>;
};

export type Opened = { secrets: string[]; privateKeys: string[]; headers: Record<string, string> };

/** What each sealed text is about; part of its seal, so it never changes. */
export const ABOUT = {
  proof: (siteId: string) => `proof secret of site ${siteId}`,
  privateKey: (siteId: string) => `private key of site ${siteId}`,
  secret: (integrationId: string) => `webhook secret of integration ${integrationId}`,
  header: (integrationId: string, name: string) => `header ${name} of integration ${integrationId}`,
};

export const isLive = ({ expires_at }: { expires_at: number | null }, now: number): boolean =>
  expires_at === null || expires_at > now;

/** What is live at `now` (ms), opened; or why not, in words for the operator. */
export function openCredentials(
  { site_id, integration_id, secrets, pairs, headers }: Credentials,
  keyring: Result<Keyring, KeyProblem>,
  now: number,
): Result<Opened, string> {
  if (!keyring.ok) return fail(explainUnopened(keyring.reason));
  let problem: Unopened | null = null;
  const open = (sealed: string, about: string): string => {
    const opened = keyring.value.open(sealed, about);
    if (opened.ok) return opened.value;
    problem ??= opened.reason;
    return '';
  };
  const live = (keys: readonly SealedKey[]) => keys.filter((key) => isLive(key, now));
  const all: Opened = {
    secrets: live(secrets).map(({ sealed }) => open(sealed, ABOUT.secret(integration_id))),
    privateKeys: live(pairs).map(({ sealed }) => open(sealed, ABOUT.privateKey(site_id))),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, sealed]) => [name, open(sealed, ABOUT.header(integration_id, name))]),
    ),
  };
  return problem === null ? ok(all) : fail(explainUnopened(problem));
}
