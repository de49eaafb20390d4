// window.hub, as typed in hub.d.ts. Owns the checking of what a page passes in; every call does its work elsewhere.
// No call throws or rejects: a mistake is a warning at most.
import { isGuid } from './config.ts';
import { signUp } from './forms.ts';
import type { Hub, HubSignup } from './hub.d.ts';
import { flush } from './outbox.ts';
import { replay } from './replay.ts';
import { session } from './session.ts';
import { decide } from './store.ts';

/** Promised within two seconds; below, so that a submit that waited for it still counts as the same (forms.ts). */
const SETTLE_MS = 1800;

export const hub: Hub = {
  signup: (what, form?: HTMLFormElement) =>
    new Promise((resolve) => {
      const [id, sent] = signUp(what, form) || [''];
      const settle = (status: HubSignup['status']) => resolve({ id, status });
      setTimeout(settle, SETTLE_MS, 'kept');
      sent?.then(settle) ?? settle('dropped');
    }),
  identify(id, attributes, proof) {
    if (isGuid(id))
      session((now) => {
        // What is known of somebody else is not handed on.
        now.attributes = { ...((now.user_profile_id ?? id) == id && now.attributes), ...attributes };
        now.user_profile_id = id;
        now.proof = proof;
      });
  },
  set(attributes) {
    session((now) => Object.assign(now.attributes, attributes));
  },
  consent(granted) {
    decide(!!granted);
    session(0, !granted);
    flush();
    replay(hub);
  },
  reset() {
    session(0, true);
  },
  get session() {
    return session().user_session_id;
  },
};
