// Types of `window.hub` for sites in TypeScript: copy this file into the project, or reference it.
// Owns the public shape of the tracker; every call may be made before the script has loaded where the stub is in place.

/** A value of an attribute or a field; sent as a string. `null` removes an attribute. */
export type HubValue = string | number | boolean | null | undefined;

/** An object of such values, also one typed by an interface. */
export type HubAttributes<T> = object & { [K in keyof T]: HubValue };

export type HubSignup = {
  /** The id of the event, which every webhook for it carries. Empty where there is no event. */
  id: string;
  /** `accepted` by the collector; `kept`: stored, will be sent; `dropped`: no consent, or bad input. */
  status: 'accepted' | 'kept' | 'dropped';
};

export interface Hub {
  /** Raises `SignUpSuccess` with the fields of a form, a FormData or an object. Settles within 2 s, never rejects. */
  signup(what: HTMLFormElement | FormData | object): Promise<HubSignup>;
  /** Names the signed-in person (a GUID); `proof` is the hex HMAC-SHA256 of the id, where the site demands one. */
  identify<T extends HubAttributes<T>>(profileId: string, attributes?: T, proof?: string | null): void;
  /** Captures attributes for the session, or for the profile where there is one. */
  set<T extends HubAttributes<T>>(attributes: T): void;
  /** Gives or withdraws consent; withdrawing forgets everything that was stored. */
  consent(granted: boolean): void;
  /** Signs out: forgets profile and attributes, and begins a new session. */
  reset(): void;
  /** The current `user_session_id`; undefined until the script has loaded. */
  readonly session: string | undefined;
}

/** What `hub:event` on `document` and `window.dataLayer` carry. */
export type HubEvent = {
  id: string;
  event: 'SiteViewed' | 'SignUpSuccess';
  timestamp: string;
  user_session_id: string;
  user_profile_id?: string;
  /** That `hub.identify` was given. */
  proof?: string;
  attributes: Record<string, string | null>;
  fields?: Record<string, string>;
};

declare global {
  var hub: Hub;
  interface Window {
    hub: Hub;
  }
  interface DocumentEventMap {
    'hub:event': CustomEvent<HubEvent>;
  }
}
