// WHICH fields are read, and what is never read: when is forms.ts. Owns the list of the never-captured.
// The words are those of the browsers' own heuristics: Firefox's password model (NewPasswordModel, `passwordRegex`)
// and Chromium's card patterns (autofill_regex_constants). They err on the side of not reading.

const SECRET =
  /pass(?!port|eng)|pwd|pw\b|wachtwo|senha|contrase|heslo|kodeord|sandi|has[lł]o|[sş]ifre|парол|parol|κωδικ|パスワ|비밀|암호|密|رمز|كلمة|รหัสผ|\bcc-|one-time-code|(card|cc|kk|acct|kort|kaart|karten?|carte)[^a-z]?n[our]|num.*carte|tarjeta|cart[aã]o|cv[cvnd]|csc|ccv|security.?code|カード|카드|卡|карт/i;
export const IGNORED = '[data-hub-ignore],[data-hub-ignore] *';
const UNREAD = `${IGNORED},:disabled,fieldset,output,button,[type=submit],[type=image],[type=button],[type=reset],[type=password],[type=hidden]:not([data-hub-field]),[type=radio]:not(:checked),[type=checkbox][value]:not(:checked)`;

/** A payment card's number: 13 to 19 digits whose Luhn sum is right (ISO/IEC 7812-1, annex B). */
const isCard = (value: string): boolean => {
  const digits = value.replace(/[\s.-]/g, '');
  return (
    /^\d{13,19}$/.test(digits) &&
    [...digits].reduce((sum, digit, at) => sum + +((at - digits.length) % 2 ? digit : '0246813579'.charAt(+digit)), 0) %
      10 ==
      0
  );
};

type Part = { value?: string; name?: string };
type Control = HTMLInputElement & { selectedOptions?: Iterable<Part> };

export type Fields = Record<string, string>;

const add = (fields: Fields, key: string, given: unknown, about = key): void => {
  const value = `${(given as File)?.name ?? given ?? ''}`;
  if (key && !SECRET.test(about) && !isCard(value)) fields[key] = key in fields ? `${fields[key]}, ${value}` : value;
};

/** The responses of a form, read past controls that are named like the form's own properties. */
export const readForm = (form: HTMLFormElement, submitter?: unknown): Fields => {
  const fields = Object.create(null);
  for (const element of Reflect.get(HTMLFormElement.prototype, 'elements', form) as Iterable<Control>) {
    const { name, id, type, dataset } = element;
    const key = dataset.hubField || name || id;
    if (element == submitter || !element.matches(UNREAD))
      add(
        fields,
        key,
        type == 'checkbox' && !element.hasAttribute('value')
          ? element.checked
          : [...((element.selectedOptions || element.files || [element]) as Iterable<Part>)]
              .map((part) => part.value ?? part.name)
              .join(', '),
        [key, name, id, element.getAttribute('autocomplete')].join(),
      );
  }
  return fields;
};

/** The responses in what a page hands to `hub.signup` itself. */
export const readData = (data: object): Fields => {
  const fields = Object.create(null);
  for (const [key, value] of data instanceof FormData ? data : Object.entries(data)) add(fields, key, value);
  return fields;
};
