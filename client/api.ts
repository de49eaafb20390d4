// window.hub, as typed in hub.d.ts. Owns the checking of what a page passes in; every call does its work elsewhere.
// No call throws or rejects: a mistake is a warning at most.
import { raise } from './beacon.ts';
import { GUID, safe } from './config.ts';
import { readData } from './fields.ts';
import { signUpForm } from './forms.ts';
import type { Hub } from './hub.d.ts';
import { flush } from './outbox.ts';
import { session } from './session.ts';
import { decide } from './store.ts';

const signup = safe((what: object) =>
  what instanceof HTMLFormElement ? signUpForm(what) : raise('SignUpSuccess', readData(what)),
);

export const hub: Hub = {
  signup: async (what) => signup(what) || { id: '', status: 'dropped' },
  identify: safe((id: string, attributes?: object, proof?: string) => {
    if (!GUID.test(id)) return console.warn('hub: identify?');
    session((now) => {
      Object.assign(now.attributes, attributes);
      now.user_profile_id = id;
      now.proof = proof;
    });
  }),
  set: safe((attributes: object) => {
    session((now) => Object.assign(now.attributes, attributes));
  }),
  consent: safe((granted: boolean) => {
    decide(!!granted);
    session(undefined, !granted);
    flush();
  }),
  reset: safe(() => {
    session(undefined, true);
  }),
  get session() {
    return session().user_session_id;
  },
};
