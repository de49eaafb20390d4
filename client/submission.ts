// A submission of a form, from the submit until it is raised or given up: what was read, when, and whether it succeeded.
// Owns what counts as success and as one submission; which events of the page lead here is forms.ts.
// Polls the form for ten seconds instead of observing the document: cheaper for the page, at most a tenth of a second late.
import { type Raised, raise } from './beacon.ts';
import { log, safe } from './config.ts';
import { controls, type Fields, own, read } from './fields.ts';

export const SUCCESS_MS = 1e4;
/** How often a pending form is looked at. */
const LOOK_MS = 100;
/**
 * How soon `form.submit()` begins to leave after its `formdata`: at once, but a busy page lets it wait, and Firefox asks
 * another process first. Longer would count a page that is left after its autosave read the form.
 */
const LEAVE_MS = 500;

export type Submission = {
  _fields: Fields;
  /** None for `form.submit()` and `hub.signup(form)`. */
  _event: SubmitEvent | undefined;
  /** Nothing where the form was never to be seen. */
  _seen: unknown;
  /** Of the submit; of `hub.signup(form)` where that raised it, because the submit may follow. */
  _time: number;
  _raised?: Raised | undefined;
};

/** The last submission of each form. */
export const submissions = new Map<HTMLFormElement, Submission>();

export const isYoung = (submission: Submission | undefined, age: number): submission is Submission =>
  Date.now() - (submission?._time as number) < age;

/** The page is being left. Listened for only while there is a form to look at: every page pays for that listener. */
export const onLeave = (): void => submissions.forEach((submission, form) => void look(form, submission));

/** A form may have no box of its own (`display: contents`), or one without width, when its controls have one. */
const isSeen = (form: HTMLFormElement) => [form, ...controls(form)].some((element) => own(element, 'offsetWidth'));

/** Reads a form that is being submitted; `what` holds its fields where they were read before. */
export const begin = (form: HTMLFormElement, what: object = form, event?: SubmitEvent): Submission => {
  const submission = {
    _event: event,
    _fields: read(what, event),
    _seen: isSeen(form),
    _time: Date.now(),
  };
  submissions.set(form, submission);
  addEventListener('pagehide', onLeave);
  return submission;
};

/** Raises it, once. */
export const commit = (submission: Submission) => (submission._raised ||= raise(submission._fields));

/**
 * Raises the form's submission if it succeeded. Reads it again while handlers of the page run, and right after them,
 * where `succeeded` is 0; never later, when the visitor may have typed something else.
 */
export const look = safe((form: HTMLFormElement, succeeded?: unknown): void => {
  const submission = submissions.get(form);
  const mode = (own(form, 'dataset') as DOMStringMap).hubSignup;
  if (!submission || submission._raised) return;
  const { _event, _fields } = submission;
  const young = isYoung(submission, _event ? SUCCESS_MS : LEAVE_MS);
  if (succeeded == 0 || _event?.eventPhase) {
    submission._fields = read(form, _event);
    // What a handler already cleared stays as it was.
    if (_event?.defaultPrevented) for (const key in _fields) submission._fields[key] ||= _fields[key] as string;
  }
  if (mode == 'call') return;
  // Without controls, where it had fields: a thank-you took their place. The fields of some libraries are not seen, and
  // their button is there for the moment only.
  if (
    (_event && (mode == 'always' || !(_event.eventPhase || _event.defaultPrevented))) ||
    (young && (succeeded || (submission._seen && !(isSeen(form) && (controls(form)[0] || !Object.keys(_fields)[0])))))
  )
    commit(submission);
  else if (young) setTimeout(look, LOOK_MS, form);
  else log('no success', form);
});
