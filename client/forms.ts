// WHEN somebody signed up: a submission is raised when it succeeded, not when it was tried. At once when the browser
// itself submits; a form that the page submits by script, when the page shows that it went well.
// Owns what the events of a form mean; their outcome is submission.ts, who listens is listen.ts. What cannot be
// listened to is not seen: `form.submit()` into another frame, and forms in closed shadow roots.
import type { Raised } from './beacon.ts';
import { options } from './config.ts';
import { begin, commit, isYoung, look, submissions } from './submission.ts';

const DOUBLE_MS = 2e3;
/** After `hub.signup(form)` there may still come the submit that waited for it, or the same call again. */
const CALLED_MS = 7e3;

/** Under `data-forms="off"` no element is called so. */
const isTracked = (form: HTMLFormElement) =>
  form.matches(
    `form${{ all: '', off: 'x' }[options.forms as string] ?? '[data-hub-signup]'}:not([data-hub-ignore],[data-hub-ignore] *)`,
  );

/** The page is being left. */
export const onLeave = (): void => submissions.forEach(look);

export const onSubmit = (event: SubmitEvent, form: HTMLFormElement): void => {
  const last = submissions.get(form);
  if (
    isTracked(form) &&
    !(last?._raised && (last._event ? event.timeStamp - last._event.timeStamp < DOUBLE_MS : isYoung(last)))
  )
    setTimeout(look, 0, begin(form, event), 0, true);
};

/** Comes for every native submission, after its handlers; for `form.submit()`; and for each `new FormData(form)`. */
export const onFormData = (_event: unknown, form: HTMLFormElement): void => {
  const last = submissions.get(form);
  if (isYoung(last) && (last._raised || last._event)) look(last, 0, true);
  else if (isTracked(form)) {
    begin(form);
    addEventListener('beforeunload', onLeave);
  }
};

export const onReset = (_event: unknown, form: HTMLFormElement): void => {
  const last = submissions.get(form);
  if (last?._event) look(last, true, true);
};

/** `hub.signup(form)`: the same submission as the automatic one beside it. */
export const signUpForm = (form: HTMLFormElement): Promise<Raised> | undefined => {
  const last = submissions.get(form);
  const submission = isYoung(last) ? last : begin(form);
  const raised = commit(submission);
  submission._time -= CALLED_MS;
  return raised;
};
