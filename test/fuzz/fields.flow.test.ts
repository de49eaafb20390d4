import { join } from 'node:path';
import { build } from 'esbuild';
import fc from 'fast-check';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { holds } from './holds.ts';

let browser: Browser;
let page: Page;

beforeAll(async () => {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, 'form.js')],
    bundle: true,
    write: false,
    format: 'iife',
  });
  browser = await launchChromium();
  page = await browser.newPage();
  await page.evaluate(bundle.outputFiles[0]?.text ?? '');
});
afterAll(() => browser.close());

/** One control of a form, and whether its value may be read. */
type Control = {
  tag: 'input' | 'textarea' | 'select' | 'button';
  attributes: Record<string, string>;
  value: string;
  /** Around it; null: nothing. */
  within: 'fieldset' | 'div data-hub-ignore' | null;
  /** `either`: not on the list, but no promise that it is read. */
  read: 'always' | 'never' | 'either';
};

const control = (more: Partial<Control>): Control => ({
  tag: 'input',
  attributes: {},
  value: 'v',
  within: null,
  read: 'always',
  ...more,
});

const SECRET_NAMES =
  'password passwort user[password] Passwd pwd mot_de_passe contraseña senha wachtwoord hasło şifre пароль パスワード 비밀번호 密码 ' +
  'card-number cardNumber card_no ccnum cc-number creditCardNo kartennummer numero_carte tarjeta cvc cvv csc カード番号 카드번호 номер_карты';
const SECRET_HINTS =
  'cc-number cc-csc cc-exp|section-a billing cc-number|CC-NAME|one-time-code|current-password|new-password webauthn'.split(
    '|',
  );
const secretName = fc.constantFrom(...SECRET_NAMES.split(' '));
const name = fc.constantFrom('email', 'first_name', 'company', 'city', 'phone', 'message', 'passport', 'plan', 'größe');

/** A number whose Luhn sum is right, by the sum itself and not by the tracker's code (ISO/IEC 7812-1, annex B). */
const card = fc
  .tuple(fc.integer({ min: 12, max: 18 }), fc.constantFrom('', ' ', '-', '.', '\u00a0'), fc.nat())
  .map(([length, separator, seed]) => {
    const body = Array.from({ length }, (_, i) => (i === 0 ? 4 : (seed >> (i % 24)) % 10));
    const sum = body
      .toReversed()
      .reduce((total, digit, i) => total + (i % 2 ? digit : digit * 2 > 9 ? digit * 2 - 9 : digit * 2), 0);
    return [...body, (10 - (sum % 10)) % 10].join('').replace(/(.{4})(?=.)/g, `$1${separator}`);
  });

const text = fc.constantFrom('text', 'email', 'tel', 'search', '', 'TEXT', 'unknown').map((type) => ({ type }));
const kinds = fc.oneof(
  fc.tuple(text, name).map(([type, key]) => control({ attributes: { ...type, name: key } })),
  name.map((key) => control({ tag: 'textarea', attributes: { name: key } })),
  name.map((key) => control({ tag: 'select', attributes: { name: key } })),
  name.map((key) => control({ attributes: { type: 'hidden', 'data-hub-field': key } })),
  fc
    .tuple(name, fc.constantFrom('checkbox', 'radio'))
    // Of radios of one name a browser checks the last alone.
    .map(([key, type]) =>
      control({ attributes: { name: key, type, checked: '' }, read: type === 'radio' ? 'either' : 'always' }),
    ),
  fc
    .tuple(name, fc.constantFrom('password', 'PassWord', 'hidden'))
    .map(([key, type]) => control({ attributes: { name: key, type }, read: 'never' })),
  fc
    .tuple(text, name, fc.constantFrom(...SECRET_HINTS), fc.constantFrom('input', 'textarea', 'select'))
    .map(([type, key, autocomplete, tag]) =>
      control({ tag, attributes: { ...type, name: key, autocomplete }, read: 'never' }),
    ),
  fc
    .tuple(
      text,
      secretName,
      fc.constantFrom('name', 'id', 'data-hub-field'),
      fc.constantFrom('input', 'textarea', 'select'),
    )
    .map(([type, key, where, tag]) => control({ tag, attributes: { ...type, [where]: key }, read: 'never' })),
  // A harmless key of the page's own choice does not hide what the name says.
  fc
    .tuple(name, secretName)
    .map(([key, secret]) => control({ attributes: { 'data-hub-field': key, name: secret }, read: 'never' })),
  fc
    .tuple(text, name, card)
    .map(([type, key, value]) => control({ attributes: { ...type, name: key }, value, read: 'never' })),
  fc
    .tuple(name, card)
    .map(([key, value]) => control({ tag: 'select', attributes: { name: key }, value, read: 'never' })),
  name.map((key) => control({ tag: 'button', attributes: { name: key, type: 'submit' }, read: 'either' })),
  name.map((key) => control({ attributes: { name: key, disabled: '' }, read: 'never' })),
);
const ignored = fc
  .tuple(kinds, fc.constantFrom<Control['within'] | 'self'>('div data-hub-ignore', 'self'))
  .map(([it, how]) => ({
    ...it,
    read: 'never' as const,
    ...(how === 'self' ? { attributes: { ...it.attributes, 'data-hub-ignore': '' } } : { within: how }),
  }));
const form = fc
  .array(fc.oneof({ arbitrary: kinds, weight: 3 }, { arbitrary: ignored, weight: 1 }), { minLength: 1, maxLength: 12 })
  // Each value its own, so that it is known by sight wherever it turns up.
  .map((controls) => controls.map((it, n) => ({ ...it, value: it.value === 'v' ? `value${n}.` : it.value })));

const inPage = (call: string, ...args: unknown[]) =>
  page.evaluate(`${call}(...${JSON.stringify(args)})`) as Promise<Record<string, string>>;

holds(
  'of no form is anything read that is on the list of the never-captured, and all that is ordinary is read',
  150,
  fc.asyncProperty(form, async (controls) => {
    const read = Object.values(await inPage('readForm', controls)).flatMap((value) => value.split(', '));
    const said = (wanted: Control['read']) => controls.filter((it) => it.read === wanted).map(({ value }) => value);
    expect(read.filter((value) => said('never').includes(value))).toEqual([]);
    expect(said('always').filter((value) => !read.includes(value))).toEqual([]);
  }),
);

holds(
  'of what a page hands over itself, as an object or FormData, nothing is read that names or is a secret',
  60,
  fc.asyncProperty(
    fc.array(
      fc.oneof(
        fc.tuple(name, fc.constant('v'), fc.constant(true)),
        fc.tuple(secretName, fc.constant('v'), fc.constant(false)),
        fc.tuple(name, card, fc.constant(false)),
      ),
      { maxLength: 8 },
    ),
    fc.boolean(),
    async (entries, asFormData) => {
      const unique = entries.map(([key, value, read], n) => ({
        key: `${key}`,
        value: value === 'v' ? `value${n}.` : value,
        read,
      }));
      const last = new Map(unique.map((it) => [it.key, it]));
      const given = asFormData ? unique : [...last.values()];
      const pairs = given.map(({ key, value }) => [key, value]);
      const read = await inPage('readPairs', pairs, asFormData);
      const values = Object.values(read).flatMap((value) => value.split(', '));
      expect(new Set(values)).toEqual(new Set(given.filter((it) => it.read).map(({ value }) => value)));
    },
  ),
);
