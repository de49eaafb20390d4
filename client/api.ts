// window.hub, as typed in hub.d.ts. Owns the checking of what a page passes in; every call does its work elsewhere.
// No call throws or rejects: a mistake is a warning at most.
import { raise } from './beacon.ts';
import { isGuid, safe } from './config.ts';
import { read } from './fields.ts';
import { signUpForm } from './forms.ts';
import type { Hub } from './hub.d.ts';
import { flush } from './outbox.ts';
import { session } from './session.ts';
import { decide } from './store.ts';

const signup = safe((what: object) =>
  what instanceof HTMLFormElement ? signUpForm(what) : raise('SignUpSuccess', read(what)),
);

export const hub: Hub = {
  signup: async (what) => signup(what) || { id: '', status: 'dropped' },
  identify(id, attributes, proof) {
    if (isGuid(id))
      session((now) => Object.assign(Object.assign(now, { user_profile_id: id, proof }).attributes, attributes));
  },
  set(attributes) {
    session((now) => Object.assign(now.attributes, attributes));
  },
  consent(granted) {
    decide(!!granted);
    session(0, !granted);
    flush();
  },
  reset() {
    session(0, true);
  },
  get session() {
    return session().user_session_id;
  },
};
