// WHICH fields are read, and what is never read: when is forms.ts. Owns the list of the never-captured.
// The words are those of the browsers' own heuristics: Firefox's password model (NewPasswordModel, `passwordRegex`)
// and Chromium's card patterns (autofill_regex_constants), each cut to what no ordinary name contains: `nnw` is of
// Kennwort, `lasan` of salasana. They err on the side of not reading; passport, acc_no and encarte are let through.

/** What matches is not read whatever it is called; `SECRET` sees that as `true,`. */
const UNREAD =
  ':disabled,[type=hidden]:not([data-hub-field]),[data-hub-ignore],[data-hub-ignore] *,[type=radio]:not(:checked),[type=checkbox][value]:not(:checked)';
/**
 * Of a control it sees `unread,type,data-hub-field,name,id,autocomplete`, of other data `,key`. First the types:
 * submit, button, output, image, reset, fieldset. The order is one that brotli likes.
 */
const SECRET =
  /^(true,|false,(.u[bt]|im|re|fie))|pass(?!.?po|en|ag)|parol(?!e)|senha|sandi(?!e)|trase|k[ao]+rt.?n[our]|chtw|elsz|[^ns][ck]ar(d(?!i)|t[aeiyã])|senord|one-time-|[^a]cc[-_vn]|tarje|pwd|[sş]ifre|ecuri|gskod|deord|lasan|c(v[cdnv]|sc)|h[ae]s[lł]o|nnw|паро|สผ|سر|عبو|卡|カード|パス|карт|κωδ|밀|카드|密|암호/i;

type Part = { value?: string; name?: string; disabled?: boolean };
type Control = HTMLInputElement & { selectedOptions?: Iterable<Part> };
type Entry = [key: string, value: unknown, about?: unknown];

export type Fields = Record<string, string>;

/** A property of a form itself: a control of that name would hide it. */
export const own = (form: object, name: string): unknown => Reflect.get(HTMLFormElement.prototype, name, form);

export const controls = (form: object): Control[] => [...(own(form, 'elements') as Iterable<Control>)];

/** A payment card's number: 13 to 19 digits whose Luhn sum is right (ISO/IEC 7812-1, annex B). */
const isCard = (digits: string): boolean =>
  /^\d{13,19}$/.test(digits) &&
  // 2.2, without the fraction and the tens, is twice the digit with its own two digits added.
  [...digits].reduce((sum, digit, at) => sum + ((+digit * ((digits.length - at) % 2 || 2.2)) | 0), 0) % 10 < 1;

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
                .map((part) => (element.files ? part.name : part.value))
                .join(', '),
          [
            // Boxes of component libraries have no type, and a value whether they are checked or not.
            element.matches(UNREAD) || (!element.type && element.checked == false),
            // The button that was pressed counts where the browser submits it: with a name.
            (element.name && element == event?.submitter) || element.type,
            element.dataset.hubField,
            element.name,
            element.id,
            // Not the property: Firefox leaves out what it does not know.
            element.getAttribute('autocomplete'),
          ],
        ])
      : Symbol.iterator in from
        ? (from as FormData)
        : Object.entries(from);
  for (const [key, value, about = ',' + key] of entries) {
    // An array, too, are several values of one key.
    const text = [].concat(((value as File)?.name ?? value ?? '') as never).join(', ');
    const values = text.replace(/[\s.-]/g, '').split(',');
    // Of several values, as of a multiple select, one may be a card.
    if (!(SECRET.test(about as string) || values.some(isCard)))
      fields[key] = key in fields ? fields[key] + ', ' + text : text;
  }
  return fields;
};
