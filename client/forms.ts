// WHEN somebody signed up: a submission is raised when it succeeded, not when it was tried. At once when the browser
// itself submits; a form that the page submits by script, when the page shows that it went well.
// Owns what the events of a form mean; their outcome is submission.ts, who listens is listen.ts. What cannot be
// listened to is not seen: `form.submit()` into another frame, and forms in closed shadow roots.
import { type Raised, raise } from './beacon.ts';
import { options, safe } from './config.ts';
import { read } from './fields.ts';
import { session } from './session.ts';
import { begin, commit, isYoung, look, onLeave, SUCCESS_MS, type Submission, submissions } from './submission.ts';

/** As long as a double click may take, and longer than whoever waits for `hub.signup(form)` waits before the submit. */
const SAME_MS = 2e3;

/** Under `data-forms="off"` no element is called so. */
const isTracked = (form: HTMLFormElement) =>
  form.matches(
    `${{ all: '*', off: 'x' }[options.forms as string] ?? '[data-hub-signup]'}:not([data-hub-ignore],[data-hub-ignore] *)`,
  );

export const onSubmit = (event: SubmitEvent, form: HTMLFormElement, last?: Submission): void => {
  if (isTracked(form) && !(last?._raised && isYoung(last, SAME_MS))) {
    begin(form, event);
    setTimeout(look, 0, form, 0, 1);
  }
};

/** Comes for every native submission, after its handlers; for `form.submit()`; and for each `new FormData(form)`. */
export const onFormData = (_event: unknown, form: HTMLFormElement, last?: Submission): void => {
  if (isYoung(last, SUCCESS_MS) && (last._raised || last._event)) look(form, 0, 1);
  else if (isTracked(form)) {
    begin(form);
    addEventListener('beforeunload', onLeave);
  }
};

export const onReset = (_event: unknown, form: HTMLFormElement, last?: Submission): void => {
  if (last?._event) look(form, 1, 1);
};

/** `hub.signup`; of a form it is the same submission as the automatic one beside it. */
export const signUp = safe((what: object): Raised | undefined => {
  const form = what as HTMLFormElement;
  const last = submissions.get(form);
  return form.nodeType
    ? commit(isYoung(last, last?._event ? SUCCESS_MS : SAME_MS) ? last : begin(form))
    : raise(session(), read(what));
});
