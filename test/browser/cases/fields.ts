// Which fields a sign-up carries, and what is never captured: passwords, cards, hidden and ignored fields.
// The words are taken from the browsers' own heuristics, as in client/fields.ts, but listed here by hand.
// The last case makes forms by chance, from a fixed seed.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Rig } from '../rig.ts';

/** Names that say password or card in the languages of the browsers' own heuristics. */
const SECRET_NAMES = [
  ...['password', 'user_password', 'passwd', 'pwd', 'new-pass', 'passwort', 'mot_de_passe', 'wachtwoord', 'senha'],
  ...['contraseña', 'contrasena', 'heslo', 'kodeord', 'kata_sandi', 'hasło', 'haslo', 'şifre', 'sifre', 'parola'],
  ...['Пароль', 'パスワード', '비밀번호', '암호', '密码', '密碼', 'رمز عبور', 'كلمة السر', 'Κωδικός', 'รหัสผ่าน'],
  ...['cardnumber', 'card_number', 'cc-number', 'ccnum', 'card-no', 'kartennummer', 'kortnummer', 'kaartnummer'],
  ...['numero_carte', 'tarjeta', 'cvc', 'card_cvv', 'csc', 'カード番号', '信用卡号', '카드', 'Номер карты'],
  ...['pass', 'user_pass', 'confirmPassword', 'passphrase', 'passcode', 'passord', 'Parol', 'kennwort', 'lösenord'],
  ...['losenord', 'jelszó', 'jelszo', 'salasana', 'adgangskode', 'palavra-passe', 'رمز_عبور', 'katasandi'],
  ...['numero_carta', 'nome_carta', 'carta_di_credito', 'carta', 'numero_cartao', 'cartao', 'cartão', 'nom_carte'],
  ...['carte_bancaire', 'kreditkarte', 'karteninhaber', 'karta', 'numer_karty', 'kredi_karti', 'kart_no', 'kortnr'],
  ...['ccv', 'cvn', 'cvd', 'cvv2', 'cc_cid', 'cc_exp_month', 'cc_name', 'ccno', 'creditCard', 'card_exp'],
  ...['security_code', 'securityCode', '卡號'],
];
const HARMLESS_NAMES = [
  ...['email', 'first_name', 'passport_country', 'passenger', 'company', 'accepts', 'vaccine', 'city'],
  ...['passeport', 'passaporto', 'passage', 'csv_file', 'acc_no', 'acc-type', 'discard', 'cardinal', 'encarte'],
  ...['parole', 'sandiego', 'account_number', 'postcode', 'zip_code', 'promo_code', 'cart_id', 'landskode'],
  ...['phone-type', 'phone-two', 'option-one-text'],
];
const CARDS = ['4111111111111111', '4111 1111 1111 1111', '5555-5555-5555-4444', '378282246310005', '6011000990139424'];

export function fields(rig: Rig): void {
  const off = 'data-views=off';
  const submit = async (controls: string, more = '') => {
    rig.collector.reset();
    rig.site.posts = [];
    await rig.open(
      `<form data-hub-signup method=post action=/thanks>${controls}<button>Go</button></form>${more}`,
      off,
    );
    await rig.tab.click('form button:last-of-type');
    await rig.submitted('the sign-up');
    return rig.fields[0];
  };

  test('keys are data-hub-field, name or id; values are strings, several of one key joined', async () => {
    expect(
      await submit(
        `<input name=a value=1><input id=b value=2><input name=c data-hub-field=d value=3><input value=nameless>
        <input type=checkbox name=optin checked><input type=checkbox name=optout>
        <input type=checkbox name=topic value=x checked><input type=checkbox name=topic value=y checked><input type=checkbox name=topic value=z>
        <input type=radio name=plan value=gold checked><input type=radio name=plan value=tin>
        <select name=one><option>1<option value=two selected>2</select><select name=many multiple><option selected>p<option selected>q<option>r<option selected disabled>s</select>
        <select name=none><option selected disabled>Choose…<option>1</select>
        <textarea name=note>hello</textarea><input name=off value=1 disabled><fieldset disabled><input name=off2 value=1></fieldset>
        <input type=file name=cv><input type=range name=age min=0 max=9 value=3><button name=other value=no>x</button>`,
        `<input name=outside form=f value=out><script>document.forms[0].id = 'f'</script>`,
      ),
    ).toEqual({
      a: '1',
      b: '2',
      d: '3',
      optin: 'true',
      optout: 'false',
      topic: 'x, y',
      plan: 'gold',
      one: 'two',
      many: 'p, q',
      none: '',
      note: 'hello',
      cv: '',
      age: '3',
      outside: 'out',
    });
  });

  test('sixty-four fields are as many as the collector takes', async () => {
    const names = Array.from({ length: 64 }, (_, n) => `f${n}`);
    expect(Object.keys((await submit(names.map((name) => `<input name=${name} value=1>`).join(''))) ?? {})).toEqual(
      names,
    );
  });

  test('a box of a component library that is not checked is not read', async () => {
    const box = (name: string) => `<x-box name=${name}></x-box>`;
    expect(
      await submit(
        `<script>customElements.define('x-box', class extends HTMLElement { static formAssociated = true; value = 'on'; get checked() { return this.name == 'optin' } get name() { return this.getAttribute('name') } })</script>
        ${box('optin')}${box('optout')}`,
      ),
    ).toEqual({ optin: 'on' });
  });

  test('a custom element without a value has none, and a card among several values is none either', async () => {
    expect(
      await submit(
        `<script>customElements.define('x-stars', class extends HTMLElement { static formAssociated = true; get name() { return this.getAttribute('name') } })</script>
        <x-stars name=stars></x-stars><select name=many multiple><option selected>4111 1111 1111 1111<option selected>b</select>
        <input name=kept value="1, 2">`,
      ),
    ).toEqual({ stars: '', kept: '1, 2' });
  });

  test('the button that was pressed is a field, the others are not', async () => {
    await rig.open(
      `<form data-hub-signup method=post action=/thanks><button name=plan value=tin>tin</button><button id=gold name=plan value=gold>gold</button></form>`,
      off,
    );
    await rig.tab.click('#gold');
    await rig.submitted('the sign-up');
    expect(rig.fields).toEqual([{ plan: 'gold' }]);
    for (const button of ['<button id=go>Go</button>', '<input type=submit id=go value=Go>']) {
      rig.collector.reset();
      rig.site.posts = [];
      await rig.open(`<form data-hub-signup method=post action=/thanks><input name=a value=1>${button}</form>`, off);
      await rig.tab.click('#go');
      await rig.submitted(button);
      expect(rig.fields, 'without a name, as when the browser submits it').toEqual([{ a: '1' }]);
    }
  });

  test('what the page fills in while it submits is read, what it clears for the next visitor is not lost', async () => {
    await rig.open(
      `<form data-hub-signup><input name=email><input type=hidden data-hub-field=score><button>Go</button></form>
      <script>document.forms[0].addEventListener('submit', (event) => {
        event.preventDefault(); const { elements } = event.target;
        elements[1].value = 42; elements.email.value = ''; setTimeout(() => event.target.remove(), 100);
      })</script>`,
      off,
    );
    await rig.tab.run(`void (document.querySelector('input').value = 'joe@bloggs.com')`);
    await rig.tab.click('button');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([{ email: 'joe@bloggs.com', score: '42' }]);
  });

  test('hidden fields, passwords, cards and whatever is marked as ignored are never captured', async () => {
    expect(
      await submit(
        `<input name=kept value=1><input type=hidden name=csrf value=token><input type=hidden data-hub-field=source value=ad><input type=hidden name=medium data-hub-field value=mail>
        <input type=password name=p1 value=x><input name=p2 autocomplete="section-a new-password" value=x><input name=p3 autocomplete=current-password value=x>
        <input name=c1 autocomplete="billing cc-exp" value=x><input name=otp autocomplete=one-time-code value=x>
        <input name=i1 data-hub-ignore value=x><div data-hub-ignore><p><input name=i2 value=x></p></div>
        ${CARDS.map((card, at) => `<input name=n${at} value="${card}">`).join('')}
        <input name=phone value="+4915112345678"><input name=order value=4111111111111112>`,
      ),
    ).toEqual({ kept: '1', source: 'ad', medium: 'mail', phone: '+4915112345678', order: '4111111111111112' });
    expect(await submit(SECRET_NAMES.map((name) => `<input name="${name}" value=x>`).join(''))).toEqual({});
    await rig.tab.goto(rig.page('', off));
    await rig.ready();
    rig.collector.reset();
    await rig.tab.run(
      `void hub.signup(Object.fromEntries(${JSON.stringify(SECRET_NAMES)}.map((name) => [name, 'x'])))`,
    );
    await rig.until('the object', () => rig.signups.length);
    expect(rig.fields).toEqual([{}]);
    expect(
      Object.keys((await submit(HARMLESS_NAMES.map((name) => `<input name=${name} value=x>`).join(''))) ?? {}),
    ).toEqual(HARMLESS_NAMES);
  });

  test('no form, however strange, gets a secret out (fuzzed)', async () => {
    await rig.open('<div id=here></div>', off);
    const secret = fc.oneof(
      fc.constantFrom(...SECRET_NAMES).map((name) => `<input name="${name}" value="SECRET">`),
      fc.constantFrom(...SECRET_NAMES).map((id) => `<textarea id="x ${id} y">SECRET</textarea>`),
      fc.constantFrom('password', 'hidden').map((type) => `<input type=${type} name=a${type} value="SECRET">`),
      fc
        .constantFrom('cc-csc', 'cc-number', 'one-time-code', 'new-password')
        .map((token) => `<input name=q autocomplete="${token}" value="SECRET">`),
      fc.constantFrom(...CARDS).map((card) => `<input name=ref value=" ${card} "><!--SECRET-->`),
      fc.constant('<section data-hub-ignore><select name=s><option>SECRET</select></section>'),
    );
    const harmless = fc.constantFrom(
      '<input name=email value=ok>',
      '<input type=checkbox name=optin>',
      '<fieldset><input name=__proto__ value=1></fieldset>',
      '<input name=constructor value=ok>',
      '<output name=o>SECRET</output>',
    );
    const forms = fc.sample(fc.array(fc.oneof(secret, harmless), { minLength: 1, maxLength: 8 }), {
      numRuns: 40,
      seed: 7,
    });
    await rig.tab.run(
      `void ${JSON.stringify(forms.map((controls) => `<form>${controls.join('')}</form>`))}.forEach((html) => { here.innerHTML = html; hub.signup(here.firstChild) })`,
    );
    await rig.until('all of them', () => rig.signups.length === forms.length);
    for (const { body } of rig.collector.requests) {
      expect(body).not.toContain('SECRET');
      for (const card of CARDS) expect(body).not.toContain(card);
    }
  });
}
