// WHEN somebody signed up: a submission is raised when it succeeded, not when it was tried. At once when the browser
// itself submits; a form that the page submits by script, when the page shows that it went well.
// Owns what counts as one submission. Only listens: never holds, repeats or changes a submit. What cannot be
// listened to is not seen: `form.submit()` into another frame, and forms in closed shadow roots.
import { type Raised, raise } from './beacon.ts';
import { log, options, safe } from './config.ts';
import { type Fields, IGNORED, readForm } from './fields.ts';
import { session } from './session.ts';

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

const isTracked = (form: unknown): form is HTMLFormElement =>
  form instanceof HTMLFormElement &&
  form.matches(options.forms == 'all' ? 'form' : '[data-hub-signup]') &&
  !form.matches(IGNORED);

const begin = (form: HTMLFormElement, event?: SubmitEvent): Submission => {
  const submission = {
    _form: form,
    _fields: readForm(form, event?.submitter),
    _event: event,
    _hidden: isHidden(form),
    _time: Date.now(),
  };
  submissions.set(form, submission);
  return submission;
};

const commit = (submission: Submission) => {
  submission._raised ||= raise('SignUpSuccess', submission._fields);
  submission._time = Date.now();
  return submission._raised;
};

/** Reads again what the page's handlers changed; what a handler already cleared stays as it was. */
const refresh = (submission: Submission): void => {
  const { _form, _fields, _event } = submission;
  const now = readForm(_form, _event?.submitter);
  if (_event?.defaultPrevented) for (const key in _fields) now[key] ||= _fields[key] as string;
  submission._fields = now;
};

const look = safe((submission: Submission, succeeded?: unknown): void => {
  const { _form, _event, _raised } = submission;
  const mode = _form.getAttribute('data-hub-signup');
  if (_raised || submissions.get(_form) != submission || mode == 'call') return;
  if (
    _event
      ? mode == 'always' ||
        (!_event.defaultPrevented && _event.isTrusted) ||
        (isYoung(submission) && (succeeded || !_form.isConnected || isHidden(_form) > submission._hidden))
      : succeeded && isYoung(submission, LOOK_MS)
  )
    commit(submission);
  else if (_event && isYoung(submission)) setTimeout(look, LOOK_MS, submission);
  else log('no success', _form);
});

const leave = (): void => {
  for (const submission of submissions.values()) look(submission, true);
};

const handlers: Record<string, (event: never) => void> = {
  submit(event: SubmitEvent) {
    const form = event.target;
    const last = submissions.get(form);
    if (
      !isTracked(form) ||
      (last?._raised && (last._event ? event.timeStamp - last._event.timeStamp < DOUBLE_MS : isYoung(last)))
    )
      return;
    const submission = begin(form, event);
    // The page's own handlers run between here and there.
    setTimeout(
      safe(() => {
        if (!submission._raised) refresh(submission);
        look(submission);
      }),
    );
  },

  /** Comes for every native submission, after its handlers; for `form.submit()`; and for each `new FormData(form)`. */
  formdata({ target }: Event) {
    const last = submissions.get(target);
    if (!isTracked(target) || (isYoung(last) && last._raised)) return;
    if (isYoung(last) && last._event) {
      refresh(last);
      if (!last._event.eventPhase && !last._event.defaultPrevented) look(last);
    } else {
      begin(target);
      addEventListener('beforeunload', leave);
    }
  },

  reset({ target }: Event) {
    const last = submissions.get(target);
    if (isYoung(last) && last._event && !last._raised) {
      refresh(last);
      look(last, true);
    }
  },

  focusin: touch,
  click: touch,
  pagehide: leave,
};

const handle = safe((event: Event): void => handlers[event.type]?.(event as never));

/** Watches the forms below a root, those to come too. */
export const watchForms = (root: EventTarget): void => {
  for (const type in handlers) root.addEventListener(type, handle, true);
};

/** Events of a form do not leave its shadow root, but touching one of its fields is seen from outside. */
function touch(event: Event): void {
  session();
  for (const node of event.composedPath()) if (node instanceof ShadowRoot) watchForms(node);
}

/** `hub.signup(form)`: the same submission as the automatic one beside it. */
export const signUpForm = (form: HTMLFormElement): Promise<Raised> | undefined => {
  let submission = submissions.get(form);
  if (!isYoung(submission)) submission = begin(form);
  const raised = commit(submission);
  submission._time -= CALLED_MS;
  return raised;
};
