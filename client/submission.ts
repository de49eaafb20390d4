// A submission of a form, from the submit until it is raised or given up: what was read, when, and whether it succeeded.
// Owns what counts as success and as one submission; which events of the page lead here is forms.ts.
// Polls the form for ten seconds instead of observing the document: cheaper for the page, at most a tenth of a second late.
import { type Raised, raise } from './beacon.ts';
import { log, safe } from './config.ts';
import { type Fields, read } from './fields.ts';

const SUCCESS_MS = 1e4;
/** How often a pending form is looked at; also how soon `form.submit()` begins to leave after its `formdata`. */
const LOOK_MS = 100;

export type Submission = {
  _form: HTMLFormElement;
  _fields: Fields;
  /** None for `form.submit()` and `hub.signup(form)`. */
  _event: SubmitEvent | undefined;
  _hidden: boolean;
  /** Of the submit, then of the raise. */
  _time: number;
  _raised?: Promise<Raised> | undefined;
};

/** The last submission of each form. */
export const submissions = new Map<unknown, Submission>();

const isHidden = (form: HTMLFormElement) => !form.getClientRects()[0];
/** Whether it may still succeed. */
export const isYoung = (submission: Submission | undefined, age = SUCCESS_MS): submission is Submission =>
  Date.now() - (submission?._time as number) < age;

/** Reads a form that is being submitted. */
export const begin = (form: HTMLFormElement, event?: SubmitEvent): Submission => {
  const submission = {
    _form: form,
    _event: event,
    _fields: read(form, event?.submitter),
    _hidden: isHidden(form),
    _time: Date.now(),
  };
  submissions.set(form, submission);
  return submission;
};

/** Raises it, once. */
export const commit = (submission: Submission) => {
  submission._time = Date.now();
  return (submission._raised ||= raise('SignUpSuccess', submission._fields));
};

/** Raises the submission if it succeeded; `again` reads it again, because handlers of the page ran in between. */
export const look = safe((submission: Submission, succeeded?: unknown, again?: unknown): void => {
  const { _form, _event, _fields } = submission;
  const mode = _form.dataset.hubSignup;
  if (submission._raised || submissions.get(_form) != submission || mode == 'call') return;
  if (again) {
    submission._fields = read(_form, _event?.submitter);
    // What a handler already cleared stays as it was.
    if (_event?.defaultPrevented) for (const key in _fields) submission._fields[key] ||= _fields[key] as string;
  }
  if (
    _event
      ? mode == 'always' ||
        !(_event.eventPhase || _event.defaultPrevented) ||
        (isYoung(submission) && (succeeded || isHidden(_form) > submission._hidden))
      : succeeded && isYoung(submission, LOOK_MS)
  )
    commit(submission);
  else if (_event && isYoung(submission)) setTimeout(look, LOOK_MS, submission);
  else log('no success', _form);
});
