// WHICH fields are read, and what is never read: when is forms.ts. Owns the list of the never-captured.
// The words are those of the browsers' own heuristics: Firefox's password model (NewPasswordModel, `passwordRegex`)
// and Chromium's card patterns (autofill_regex_constants). They err on the side of not reading.

const SECRET =
  /pass(?!po|en)|pwd|wachtw|senha|contrase|heslo|kodeord|sandi|has[lł]o|[sş]ifre|парол|parol|κωδ|パス|비밀|암호|密|سر|عبور|รหัสผ|cc-|one-time|([ck]aa?r[dt]|kort|cc|kk).{0,3}n[our]|n.*carte|tarjeta|c[vs][cv]|カード|카드|卡|карт/i;
/** submit, image, button, reset, password, fieldset, output */
const UNREAD = /^(su|im|bu|re|pa|fie|ou)/;

type Part = { value?: string; name?: string };
type Control = HTMLInputElement & { selectedOptions?: Iterable<Part> };
type Entry = [key: string, value: unknown, about?: string];

export type Fields = Record<string, string>;

const isRead = (element: Control, submitter: unknown) =>
  !(
    UNREAD.test((element == submitter || element.type) as string) ||
    (element.type == 'hidden' && !element.dataset.hubField) ||
    element.matches(
      ':disabled,[data-hub-ignore],[data-hub-ignore] *,[type=radio]:not(:checked),[type=checkbox][value]:not(:checked)',
    )
  );

const entriesOf = (form: HTMLFormElement, submitter: unknown): Entry[] =>
  [...(form.elements as Iterable<Element> as Iterable<Control>)]
    .filter((element) => isRead(element, submitter))
    .map((element) => {
      const { name, id, dataset, selectedOptions, files } = element;
      const key = dataset.hubField || name || id;
      return [
        key,
        element.matches('[type=checkbox]:not([value])')
          ? element.checked
          : [...((selectedOptions || files || [element]) as Iterable<Part>)]
              .map((part) => part.value ?? part.name)
              .join(', '),
        [key, name, id, element.getAttribute('autocomplete')].join(),
      ];
    });

/** A payment card's number: 13 to 19 digits whose Luhn sum is right (ISO/IEC 7812-1, annex B). */
const isCard = (digits: string): boolean =>
  /^\d{13,19}$/.test(digits) &&
  [...digits].reduce((sum, digit, at) => sum + +((at - digits.length) % 2 ? digit : '0246813579'.charAt(+digit)), 0) %
    10 ==
    0;

/** The responses in a form, or in what a page hands to `hub.signup` itself. */
export const read = (from: object, submitter?: unknown): Fields => {
  const fields = Object.create(null);
  const entries: Iterable<Entry> =
    from instanceof FormData
      ? from
      : from instanceof HTMLFormElement
        ? entriesOf(from, submitter)
        : Object.entries(from);
  for (const [key, value, about = key] of entries) {
    const text = `${(value as File)?.name ?? value ?? ''}`;
    if (!SECRET.test(about) && !isCard(text.replace(/[\s.-]/g, '')))
      fields[key] = key in fields ? `${fields[key]}, ${text}` : text;
  }
  return fields;
};
