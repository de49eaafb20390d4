// WHEN somebody signed up: a submission is raised when it succeeded, not when it was tried. At once when the browser
// itself submits; a form that the page submits by script, when the page shows that it went well.
// Owns what the events of a form mean; their outcome is submission.ts, who listens is listen.ts. What cannot be
// listened to is not seen: forms in closed shadow roots.
import { type Raised, raise } from './beacon.ts';
import { options, safe } from './config.ts';
import { own, read } from './fields.ts';
import { begin, commit, isYoung, look, onLeave, SUCCESS_MS, type Submission, submissions } from './submission.ts';

/** As long as a double click may take, and longer than whoever waits for `hub.signup(form)` waits before the submit. */
const SAME_MS = 2e3;

/** Whether what happens to the form now is still part of that submission. */
const isSame = (last: Submission | undefined): last is Submission => isYoung(last, last?._event ? SUCCESS_MS : SAME_MS);

/** Under `data-forms="off"` no element is called so. */
const isTracked = (form: HTMLFormElement) =>
  (own(form, 'matches') as Element['matches']).call(
    form,
    `${{ all: '*', off: 'x' }[options.forms as string] ?? '[data-hub-signup]'}:not([data-hub-ignore],[data-hub-ignore] *)`,
  );

export const onSubmit = (event: SubmitEvent, form: HTMLFormElement, last?: Submission): void => {
  if ((last?._raised && isYoung(last, SAME_MS)) || !isTracked(form)) return;
  begin(form, form, event);
  setTimeout(look, 0, form, 0);
};

/** Comes for every native submission, after its handlers; for `form.submit()`; and for each `new FormData(form)`. */
export const onFormData = (_event: unknown, form: HTMLFormElement, last?: Submission): void => {
  if (isSame(last) && (last._raised || last._event)) look(form, 0);
  else if (isTracked(form)) {
    begin(form);
    addEventListener('beforeunload', onLeave);
    // Into a frame or another window: this page stays, and nothing that comes later would tell.
    if (own(form, 'target')) look(form, 1);
  }
};

export const onReset = (_event: unknown, form: HTMLFormElement, last?: Submission): void => {
  if (last?._event) look(form, 1);
};

/**
 * `hub.signup`; of a form it is the same submission as the automatic one beside it. The stub has read the form already,
 * and says which one it was.
 */
export const signUp = safe((what: object, form: HTMLFormElement = what as HTMLFormElement): Raised | undefined => {
  const last = submissions.get(form);
  if (!form.nodeType) return raise(read(what));
  // Called by a handler of the submit: what the handlers have set so far counts.
  look(form);
  const submission = isSame(last) ? last : begin(form, what);
  if (!submission._raised) submission._time = Date.now();
  return commit(submission);
});
