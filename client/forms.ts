// WHEN somebody signed up: a submission is raised when it succeeded, not when it was tried. At once when the browser
// itself submits; a form that the page submits by script, when the page shows that it went well.
// Owns what counts as one submission; who listens is listen.ts. What cannot be listened to is not seen:
// `form.submit()` into another frame, and forms in closed shadow roots.
import { type Raised, raise } from './beacon.ts';
import { log, options, safe } from './config.ts';
import { type Fields, read } from './fields.ts';

const SUCCESS_MS = 1e4;
const DOUBLE_MS = 2e3;
/** How often a pending form is looked at; also how soon `form.submit()` begins to leave after its `formdata`. */
const LOOK_MS = 100;
/** After `hub.signup(form)` there may still come the submit that waited for it, or the same call again. */
const CALLED_MS = 7e3;

type Submission = {
  _form: HTMLFormElement;
  _fields: Fields;
  /** None for `form.submit()` and `hub.signup(form)`. */
  _event: SubmitEvent | undefined;
  _hidden: boolean;
  /** Of the submit, then of the raise. */
  _time: number;
  _raised?: Promise<Raised> | undefined;
};

const submissions = new Map<unknown, Submission>();

const isHidden = (form: HTMLFormElement) => !form.getClientRects()[0];
const isYoung = (submission: Submission | undefined, age = SUCCESS_MS): submission is Submission =>
  Date.now() - (submission?._time as number) < age;

/** Under `data-forms="off"` no element is called so. */
const isTracked = (form: HTMLFormElement) =>
  form.matches(
    `form${{ all: '', off: 'x' }[options.forms as string] ?? '[data-hub-signup]'}:not([data-hub-ignore],[data-hub-ignore] *)`,
  );

const begin = (form: HTMLFormElement, event?: SubmitEvent): Submission => {
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

const commit = (submission: Submission) => {
  submission._time = Date.now();
  return (submission._raised ||= raise('SignUpSuccess', submission._fields));
};

/** Raises the submission if it succeeded; `again` reads it again, because handlers of the page ran in between. */
const look = safe((submission: Submission, succeeded?: unknown, again?: unknown): void => {
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
