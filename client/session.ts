// WHO: the visit, its attributes and the signed-in person. Owns their life: 30 idle minutes, 24 hours, sign-out.
// Read again from storage at every use, because another tab may have begun a session, identified somebody, or forgotten
// everything; the price is a parse of some hundred bytes. Two tabs opened in the same instant may begin a session each.
import { address } from './address.ts';
import { gpc, safe } from './config.ts';
import { disk, load, put, SESSION } from './store.ts';

const IDLE_MS = 18e5;
const LIFE_MS = 864e5;

/** The first four as every event carries them. */
export type Session = {
  user_session_id: string;
  user_profile_id?: string;
  proof?: string | null | undefined;
  attributes: Record<string, unknown>;
  at: [seen: number, born: number, viewed?: unknown];
};

let current = {} as Session;

/** A random id, version 4. `crypto.randomUUID` is missing on insecure origins, `getRandomValues` is not. */
export const guid = (): string => {
  const random = crypto.getRandomValues(new Uint8Array(36));
  return '00000000-0000-4000-8000-000000000000'.replace(/0/g, (_, at) => ((random[at] as number) % 16).toString(16));
};

/** The session of now, after `change`; begun anew where the last one ended or `fresh` says so. */
export const session = safe((change?: ((session: Session) => void) | 0, fresh?: unknown): Session => {
  const now = Date.now();
  current = (fresh ? {} : (gpc ? current : load(SESSION)) || {}) as Session;
  if (!(now - current.at?.[0] < IDLE_MS && now - current.at[1] < LIFE_MS))
    // Whoever is signed in stays so in the next session; `hub.reset` is what signs out.
    address((current = { ...current, user_session_id: guid(), attributes: {}, at: [now, now] }).attributes);
  current.at[0] = now;
  if (change) change(current);
  if (gpc) delete disk[SESSION];
  else put(SESSION, current);
  return current;
}) as (change?: ((session: Session) => void) | 0, fresh?: unknown) => Session;
