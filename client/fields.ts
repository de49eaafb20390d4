// WHICH fields are read, and what is never read: when is forms.ts. Owns the list of the never-captured.
// The words are those of the browsers' own heuristics: Firefox's password model (NewPasswordModel, `passwordRegex`)
// and Chromium's card patterns (autofill_regex_constants), each cut to what no ordinary name contains: `nnw` is of
// Kennwort, `lasan` of salasana. They err on the side of not reading; passport, acc_no and encarte are let through.

/** What matches is not read whatever it is called; `SECRET` sees that as `true`. */
const UNREAD =
  ':disabled,[data-hub-ignore],[data-hub-ignore] *,[type=radio]:not(:checked),[type=checkbox][value]:not(:checked),[type=hidden]:not([data-hub-field])';
/**
 * Of a control it sees `type,data-hub-field,name,id,autocomplete`, of other data `::key`, which begins like no type.
 * First what is unread, and the types submit, button, output, image, reset, fieldset. The order is one that brotli likes.
 */
const SECRET =
  /^(true|.u[bt]|im|re|fie)|[sş]ifre|trase|tarje|паро|カード|gskod|elsz|sandi(?!e)|[^ns][ck]ar(d(?!i)|t[aeiyã])|パス|k[ao]+rt.?n[our]|密|senord|senha|csc|[^a]cc[-_vn]|卡|카드|cv[cdnv]|암호|สผ|nnw|parol(?!e)|سر|κωδ|밀|chtw|pass(?!.?po|en|ag)|lasan|карт|deord|عبو|h[ae]s[lł]o|pwd|ecuri|one-time-/i;

type Part = { value?: string; name?: string; disabled?: boolean };
type Control = HTMLInputElement & { selectedOptions?: Iterable<Part> };
type Entry = [key: string, value: unknown, about?: unknown];

export type Fields = Record<string, string>;

/** A property of a form itself, or of its control: a control of that name would hide that of the form. */
export const own = (form: object, name: string): unknown => Reflect.get(HTMLFormElement.prototype, name, form);

export const controls = (form: object): Control[] => [...(own(form, 'elements') as Iterable<Control>)];

/**
 * Whether one of the values, as of a multiple select, is the number of a payment card: 13 to 19 digits whose Luhn sum is
 * right (ISO/IEC 7812-1, annex B).
 */
const hasCard = (text: string): boolean =>
  text
    .replace(/[\s.-]/g, '')
    .split(',')
    .some(
      (digits) =>
        /^\d{13,19}$/.test(digits) &&
        // 2.2, without the fraction and the tens, is twice the digit with its own two digits added.
        [...digits].reduce((sum, digit, at) => sum + ((+digit * ((digits.length - at) % 2 || 2.2)) | 0), 0) % 10 < 1,
    );

/** The responses in a form, or in what a page hands to `hub.signup` itself. */
export const read = (from: object, event?: SubmitEvent): Fields => {
  const fields = Object.create(null);
  const entries: Iterable<Entry> =
    'nodeType' in from
      ? controls(from).map((element) => [
          element.dataset.hubField || element.name || element.id,
          element.matches('[type=checkbox]:not([value])')
            ? element.checked
            : [...((element.selectedOptions || element.files || [element]) as Iterable<Part>)]
                // A placeholder is an option that cannot be chosen.
                .filter((part) => !part.disabled)
                .map((part) => (element.files ? part.name : part.value)),
          [
            element.matches(UNREAD) ||
              // Boxes of component libraries have no type, and a value whether they are checked or not.
              (element.checked == false && !element.type) ||
              // The button that was pressed counts where the browser submits it: with a name.
              ((!element.name || element != event?.submitter) && element.type),
            element.dataset.hubField,
            element.name,
            element.id,
            // Not the property: Firefox leaves out what it does not know.
            element.getAttribute('autocomplete'),
          ],
        ])
      : (from as FormData).forEach
        ? (from as FormData)
        : Object.entries(from);
  for (const [key, value, about = '::' + key] of entries) {
    // An array, too, are several values of one key.
    const text = [(value as File)?.name ?? value].flat().join(', ');
    if (!(SECRET.test(about as string) || hasCard(text)))
      fields[key] = key in fields ? fields[key] + ', ' + text : text;
  }
  return fields;
};
