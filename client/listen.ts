// The ear: one listener for everything that happens in the page, in the capture phase, so that no handler of the page
// can keep an event from us. Owns which events those are; what they mean is up to forms, views and outbox.
// Nothing is patched, prevented or stopped here.
import { safe } from './config.ts';
import { onFormData, onReset, onSubmit } from './forms.ts';
import { flush } from './outbox.ts';
import { session } from './session.ts';
import { submissions } from './submission.ts';
import { view } from './views.ts';

type Handler = (event: never, target: never, last: never) => unknown;

/** As `nodeType` of a document fragment, which in the path of an event is a shadow root. */
const SHADOW_ROOT = 11;

/** Events of a form do not leave its shadow root, but that somebody touches one of its fields is seen from outside. */
const onTouch = (event: Event): void => {
  session();
  // An autosave only read the form: that a link is clicked soon after it makes it no submission. Focus has no `detail`.
  if ((event as UIEvent).detail)
    submissions.forEach((last, form) => void (last._event || last._raised || submissions.delete(form)));
  // The target, seen from here, is the outermost host.
  if (!(event.target as Element).closest('[data-hub-ignore]'))
    event.composedPath().map((node) => (node as Node).nodeType == SHADOW_ROOT && listen(node));
};

const handlers: Record<string, Handler> = {
  submit: onSubmit,
  formdata: onFormData,
  reset: onReset,
  focusin: onTouch,
  click: onTouch,
  pageshow: view,
  popstate: view,
  currententrychange: view,
  visibilitychange: view,
  online: flush,
};

const handle = safe((event: Event): unknown =>
  (handlers[event.type] as Handler)(
    event as never,
    event.target as never,
    submissions.get(event.target as never) as never,
  ),
);

/** Listens at window, Navigation API or a shadow root; a second time changes nothing, because the listener is the same. */
export const listen = (root: EventTarget): void => {
  for (const type in handlers) root.addEventListener(type, handle, true);
};
