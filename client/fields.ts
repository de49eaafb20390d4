// WHICH fields are read, and what is never read: when is forms.ts. Owns the list of the never-captured.
// The words are those of the browsers' own heuristics: Firefox's password model (NewPasswordModel, `passwordRegex`)
// and Chromium's card patterns (autofill_regex_constants). They err on the side of not reading.

/** What matches is not read whatever it is called; `SECRET` sees that as `true,`. */
const UNREAD =
  ':disabled,[data-hub-ignore],[data-hub-ignore] *,[type=radio]:not(:checked),[type=checkbox][value]:not(:checked)';
/**
 * Of a control it sees `unread,type,data-hub-field,name,id,autocomplete`, of other data the key. First the types:
 * submit, button, image, reset, fieldset, output, and hidden without data-hub-field.
 */
const SECRET =
  /^(true,|false,([bs]u|im|re|fie|ou|hidden,,))|pass(?!po|en)|pwd|wachtw|senha|trase|h[ae]s[lł]o|deord|sandi|[sş]ifre|parol|парол|κωδ|パス|비밀|암호|密|سر|عبور|รหัสผ|one-t|cc-|(cc|k[ao]+rt).{0,3}n[our]|card|n[^,]*carte|tarjeta|c[vs][cv]|カード|카드|卡|карт/i;

type Part = { value?: string; name?: string };
type Control = HTMLInputElement & { selectedOptions?: Iterable<Part> };
type Entry = [key: string, value: unknown, about?: unknown];

export type Fields = Record<string, string>;

/** A payment card's number: 13 to 19 digits whose Luhn sum is right (ISO/IEC 7812-1, annex B). */
const isCard = (digits: string): boolean =>
  /^\d{13,19}$/.test(digits) &&
  // 2.2, without the fraction and the tens, is twice the digit with its own two digits added.
  [...digits].reduce((sum, digit, at) => sum + ((+digit * ((digits.length - at) % 2 || 2.2)) | 0), 0) % 10 < 1;

/** The responses in a form, or in what a page hands to `hub.signup` itself. */
export const read = (from: object, submitter?: unknown): Fields => {
  const fields = Object.create(null);
  const entries: Iterable<Entry> =
    'nodeType' in from
      ? [...((from as HTMLFormElement).elements as Iterable<Element> as Iterable<Control>)].map((element) => [
          element.dataset.hubField || element.name || element.id,
          element.matches('[type=checkbox]:not([value])')
            ? element.checked
            : [...((element.selectedOptions || element.files || [element]) as Iterable<Part>)]
                .map((part) => part.value ?? part.name)
                .join(', '),
          [
            element.matches(UNREAD),
            element != submitter && element.type,
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
  for (const [key, value, about = key] of entries) {
    const text = ((value as File)?.name ?? value ?? '') + '';
    if (!SECRET.test(about as string) && !isCard(text.replace(/[\s.-]/g, '')))
      fields[key] = key in fields ? fields[key] + ', ' + text : text;
  }
  return fields;
};
