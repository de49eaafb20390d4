// window.hub: every call, before and after the script came, and what a page is told in return.
// The stub is the line of client/stub.js, put into pages as the README says.
// The page's clock is moved where a session has to grow old.
import { expect, test } from 'vitest';
import { SITE_ID, TELL, tag } from '../../support/site.ts';
import type { Rig } from '../rig.ts';
import { stub } from './stub.ts';

const PROFILE = '11111111-1111-4111-8111-111111111111';

export function api(rig: Rig): void {
  const off = 'data-views=off';

  test('signup takes a form, a FormData or an object, and tells what became of it', async () => {
    await rig.open('<form><input name=a value=1><input type=password name=b value=2></form>', off);
    await rig.tab.run(
      `void [document.forms[0], new FormData(document.forms[0]), { a: 1, password: 2, none: null, title: 'Ms', truename: 'Jo', card: '4111111111111111' }, undefined, null].forEach((what) => hub.signup(what).then((is) => tell('is', is.status, is.id)))`,
    );
    await rig.until('five answers', () => rig.told('is').length === 5);
    const statuses = rig.told('is').map((is) => (is as string[])[0]);
    expect(statuses.sort()).toEqual(['accepted', 'accepted', 'accepted', 'dropped', 'dropped']);
    expect(rig.fields).toContainEqual({ a: '1', none: '', title: 'Ms', truename: 'Jo' });
    expect(rig.fields).toHaveLength(3);
    rig.collector.mood = { status: 503 };
    await rig.tab.run(`void hub.signup({ c: 3 }).then((is) => tell('kept', is.status))`);
    await rig.until('a fourth answer', () => rig.told('kept').length);
    expect(rig.told('kept')).toEqual(['kept']);
    rig.collector.mood = ({ events }) => ({ reject: events.map(({ id }) => id) });
    await rig.tab.run(`void hub.signup({ d: 4 }).then((is) => tell('rejected', is.status))`);
    await rig.until('a fifth answer', () => rig.told('rejected').length);
    expect(rig.told('rejected')).toEqual(['dropped']);
  });

  test('of an object several values of one key are joined as those of a form are', async () => {
    await rig.open('', off);
    await rig.tab.run(
      `void hub.signup({ topics: ['news', 'offers'], none: [], numbers: [1, null, true], cards: ['4111111111111111', 'b'] })`,
    );
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([{ topics: 'news, offers', none: '', numbers: '1, , true' }]);
  });

  test('a key is no type of control: none is left unread because it begins like one', async () => {
    const said = { utm_source: 'mail', ubicacion: 'Lima', subject: 'Hi', button: 'Go', reason: 'fun', image: 'a.png' };
    const calls = `[hub.signup(said), hub.signup(Object.entries(said).reduce((data, [key, value]) => (data.set(key, value), data), new FormData()))]`;
    const origin = rig.site.fresh();
    rig.site.serve(
      '/left',
      `<!doctype html>${TELL}${await stub()}<script>const said = ${JSON.stringify(said)}; ${calls}; tell('stored', 1)</script>`,
    );
    await rig.tab.goto(`${origin}/left`);
    await rig.until('the calls', () => rig.told('stored').length);
    await rig.visit(rig.page('', off, origin));
    await rig.tab.run(`void ((said) => ${calls})(${JSON.stringify(said)})`);
    await rig.until('four', () => rig.signups.length === 4);
    expect(rig.fields).toEqual([said, said, said, said]);
  });

  test('what is known of one person does not go along when another is identified', async () => {
    await rig.open('', off);
    const other = '22222222-2222-4222-8222-222222222222';
    await rig.tab.run(
      `void (hub.set({ plan: 'gold' }), hub.identify('${PROFILE}', { name: 'Joe' }), hub.identify('${PROFILE}', { seats: 3 }), hub.signup({ n: 1 }))`,
    );
    await rig.tab.run(`void (hub.identify('${other}', { trial: true }), hub.signup({ n: 2 }))`);
    await rig.until('both', () => rig.signups.length === 2);
    const [one, two] = [...rig.signups].sort((a, b) => Number(a.fields?.n) - Number(b.fields?.n));
    expect(one).toMatchObject({ user_profile_id: PROFILE, attributes: { plan: 'gold', name: 'Joe', seats: '3' } });
    expect(two).toMatchObject({ user_profile_id: other, attributes: { trial: 'true' } });
    for (const key of ['plan', 'name', 'seats']) expect(two?.attributes).not.toHaveProperty(key);
    expect(two?.user_session_id).toBe(one?.user_session_id);
  });

  test('a collector that never answers does not keep hub.signup waiting for more than two seconds', async () => {
    await rig.open('', off);
    rig.collector.mood = { delayMs: 20_000 };
    await rig.tab.run(`void hub.signup({ a: 1 }).then((is) => tell('is', is.status))`);
    await rig.until('the answer', () => rig.told('is').length, 4_000);
    expect(rig.told('is')).toEqual(['kept']);
  });

  test('identify, set and reset say who the following events are of', async () => {
    await rig.open('', off);
    const session = await rig.tab.run<string>('hub.session');
    await rig.tab.run(`void (hub.set({ plan: 'gold', seats: 3, trial: true }), hub.signup({ n: 1 }))`);
    await rig.tab.run(
      `void (hub.identify('${PROFILE}', { name: 'Joe' }, 'c0ffee'), hub.set({ plan: null }), hub.signup({ n: 2 }))`,
    );
    await rig.tab.run(`void (hub.identify('joe', { name: 'No' }), hub.reset(), hub.signup({ n: 3 }))`);
    await rig.until('three events', () => rig.signups.length === 3);
    const [one, two, three] = [...rig.signups].sort((a, b) => Number(a.fields?.n) - Number(b.fields?.n));
    expect(one).toMatchObject({ user_session_id: session, attributes: { plan: 'gold', seats: '3', trial: 'true' } });
    expect(one).not.toHaveProperty('user_profile_id');
    expect(two).toMatchObject({ user_session_id: session, user_profile_id: PROFILE, proof: 'c0ffee' });
    expect(two?.attributes).toMatchObject({ plan: null, name: 'Joe' });
    expect(three).not.toHaveProperty('user_profile_id');
    expect(three?.attributes).not.toHaveProperty('name');
    expect(three?.user_session_id).not.toBe(session);
    expect(await rig.tab.run('hub.session')).toBe(three?.user_session_id);
  });

  test('a session lasts over pages and tabs, ends after 30 idle minutes or 24 hours, and the person stays signed in', async () => {
    const url = await rig.open('', off);
    const first = await rig.tab.run<string>(`(hub.identify('${PROFILE}'), hub.set({ a: 1 }), hub.session)`);
    await rig.visit(url);
    expect(await rig.tab.run('(skew = 29 * 60e3, hub.session)')).toBe(first);
    expect(await rig.tab.run('(skew += 29 * 60e3, hub.session)')).toBe(first);
    const second = await rig.tab.run<string>('(skew += 31 * 60e3, hub.session)');
    expect(second).not.toBe(first);
    await rig.tab.run('void hub.signup({})');
    await rig.until('the event', () => rig.signups.length);
    expect(rig.signups[0]).toMatchObject({ user_session_id: second, user_profile_id: PROFILE });
    expect(rig.signups[0]?.attributes).not.toHaveProperty('a');
    expect(
      await rig.tab.run(
        '(() => { for (let n = 0; n < 60; n++) { skew += 25 * 60e3; hub.session } return hub.session })()',
      ),
    ).not.toBe(second);
  });

  test('every event is told to the page as hub:event and in dataLayer, and a handler that throws harms nobody', async () => {
    await rig.open(
      `<script>var dataLayer = []; document.addEventListener('hub:event', (event) => { tell('event', event.detail.event, event.detail.id); event.detail.fields = 'spoilt'; })</script>`,
      off,
    );
    await rig.tab.run(`void hub.signup({ a: 1 }).then(({ id }) => tell('layer', dataLayer[0].id === id))`);
    await rig.until('all told', () => rig.told('layer').length);
    expect(rig.told('event')).toEqual([['SignUpSuccess', rig.signups[0]?.id]]);
    expect(rig.told('layer')).toEqual([true]);
    expect(rig.fields).toEqual([{ a: '1' }]);
    await rig.tab.run(`void (dataLayer.push = () => { throw new Error('of the page') }, hub.signup({ a: 2 }))`);
    await rig.until('the second', () => rig.signups.length === 2);
  });

  test('calls made before the script came are played back in order', async () => {
    const body = `${await stub()}<script>
      hub.set({ a: 1 }); hub.identify('${PROFILE}'); hub.signup({ n: 1 }).then((is) => tell('is', is.status)); hub.reset(); hub.signup({ n: 2 });
      </script>`;
    const url = rig.site.fresh();
    rig.site.serve(
      '/stubbed',
      `<!doctype html>${TELL}${body}<script async src="${rig.collector.origin}/hub.js" data-site="${SITE_ID}" data-views=off></script>`,
    );
    await rig.visit(`${url}/stubbed`);
    await rig.until('both', () => rig.signups.length === 2 && rig.told('is').length);
    const [one, two] = [...rig.signups].sort((a, b) => Number(a.fields?.n) - Number(b.fields?.n));
    expect(one).toMatchObject({ user_profile_id: PROFILE, attributes: { a: '1' } });
    expect(two).not.toHaveProperty('user_profile_id');
    expect(rig.told('is')).toEqual(['accepted']);
    await rig.until('clean storage', () => rig.tab.run(`Object.keys(localStorage).join() === 'hub:s'`));
  });

  test('a call is kept even when the page is left before the script came, once, and without passwords', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/slow',
      `<!doctype html>${TELL}${await stub()}<form><input name=email value=joe@bloggs.com><input type=password name=p value=SECRET><input name=cardnumber value=SECRET><input name=x autocomplete=cc-exp value=SECRET><input name=i1 data-hub-ignore value=SECRET><p data-hub-ignore><input name=i2 value=SECRET></p><input type=checkbox name=optin checked></form>
      <script>hub.signup(document.forms[0]); tell('stored', JSON.stringify(localStorage))</script>`,
    );
    await rig.tab.goto(`${origin}/slow`);
    await rig.until('the call', () => rig.told('stored').length);
    expect(rig.told('stored')[0]).not.toContain('SECRET');
    await rig.visit(rig.page('', off, origin));
    await rig.until('the sign-up', () => rig.signups.length);
    await rig.settled();
    expect(rig.fields).toEqual([{ email: 'joe@bloggs.com', optin: 'true' }]);
  });

  test('a call is answered within two seconds also where the script comes late and the collector never answers', async () => {
    rig.collector.mood = { delayMs: 20_000 };
    const origin = rig.site.fresh();
    rig.site.serve(
      '/late',
      `<!doctype html>${TELL}${await stub()}<script>hub.signup({ a: 1 }).then((is) => tell('is', is.status, Math.round(performance.now() - begun))); var begun = performance.now();
      setTimeout(() => document.body.append(Object.assign(document.createElement('script'), { src: '/hub.js' })), 1e3);
      new MutationObserver(([{ addedNodes: [node] }]) => { if (node.src) { node.dataset.site = '${SITE_ID}'; node.dataset.views = 'off'; node.dataset.collector = '${rig.collector.origin}' } }).observe(document, { childList: true, subtree: true })</script>`,
    );
    await rig.tab.goto(`${origin}/late`);
    await rig.until('the answer', () => rig.told('is').length, 6_000);
    const [status, ms] = rig.told('is')[0] as [string, number];
    expect(status).toBe('kept');
    expect(ms).toBeLessThan(2_500);
  });

  test('hub.signup(form) before the script came, then the form itself: one submission', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/early',
      `<!doctype html>${TELL}${await stub()}<iframe name=there hidden></iframe><form data-hub-signup method=post target=there action=/thanks><input name=email value=joe@bloggs.com><button>Go</button></form>
      <script>hub.signup(document.forms[0]); document.forms[0].reset()</script>${tag(rig.collector.origin, off)}`,
    );
    await rig.visit(`${origin}/early`);
    await rig.tab.run(`void document.querySelector('button').click()`);
    await rig.until('the form', () => rig.site.posts.length);
    await rig.settled();
    expect(rig.fields).toEqual([{ email: 'joe@bloggs.com' }]);
  });

  test('the stub reads a form and a FormData as the script does, and stores no secret', async () => {
    const origin = rig.site.fresh();
    const names = ['postcode', 'zip_code', 'account_name', 'accept_terms', 'promo_code', 'elements', 'phone-type'];
    rig.site.serve(
      '/read',
      `<!doctype html>${TELL}${await stub()}<script>customElements.define('x-box', class extends HTMLElement { static formAssociated = true; value = 'on'; checked = false; name = 'box' })</script>
      <form><x-box></x-box><input type=hidden data-hub-field=source value=ad><input type=hidden name=medium data-hub-field value=mail><input type=hidden name=csrf value=SECRET>
      ${names.map((name) => `<input name=${name} value=1>`).join('')}<select name=many multiple><option selected>p<option selected>q<option selected disabled>r</select>
      <input type=checkbox name=topic value=x checked><input type=checkbox name=topic value=y checked><input type=file name=cv><input name=phone value="+4915112345678">
      ${['senha', 'kreditkarte', 'cvc', 'кодовый пароль', 'クレジットカード'].map((name) => `<input name="${name}" value=SECRET>`).join('')}
      <input name=n value=4111111111111111><button name=other value=no>Go</button></form>
      <script>const data = new FormData(); data.append('topic', 'x'); data.append('topic', 'y'); data.append('passwd', 'SECRET'); data.append('n', ' 4111 1111 1111 1111 ');
      hub.signup(document.forms[0]); hub.signup(data); hub.signup(document.body).then((is) => tell('body', is.status)); tell('stored', JSON.stringify(localStorage))</script>`,
    );
    await rig.tab.goto(`${origin}/read`);
    await rig.until('the calls', () => rig.told('stored').length && rig.told('body').length);
    expect(rig.told('stored')[0]).not.toMatch(/SECRET|4111/);
    expect(rig.told('body')).toEqual(['dropped']);
    await rig.visit(rig.page('', off, origin));
    await rig.until('both', () => rig.signups.length === 2);
    expect(rig.fields).toContainEqual({ topic: 'x, y' });
    expect(rig.fields).toContainEqual({
      ...Object.fromEntries(names.map((name) => [name, '1'])),
      ...{ source: 'ad', medium: 'mail', many: 'p, q', topic: 'x, y', cv: '', phone: '+4915112345678' },
    });
  });

  test('what the stub is given counts as it was at the call, whatever the page makes of it before the script comes', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/emptied',
      `<!doctype html>${TELL}${await stub()}<script>const state = { email: 'joe@bloggs.com', topics: ['a', 'b'] }, traits = { plan: 'gold' };
      hub.set(traits); hub.identify('${PROFILE}', traits); hub.signup(state); for (const key in state) state[key] = ''; traits.plan = 'none'</script>${tag(rig.collector.origin, off)}`,
    );
    await rig.visit(`${origin}/emptied`);
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([{ email: 'joe@bloggs.com', topics: 'a, b' }]);
    expect(rig.signups[0]).toMatchObject({ user_profile_id: PROFILE, attributes: { plan: 'gold' } });
  });

  test('a page that keeps the stub for itself calls the script with it once that has come', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/kept',
      `<!doctype html>${TELL}${await stub()}<script>const mine = window.hub, { signup } = mine</script>${tag(rig.collector.origin, off)}`,
    );
    await rig.visit(`${origin}/kept`);
    await rig.tab.run(
      `void (mine.set({ plan: 'gold' }), signup({ n: 1 }).then((is) => tell('is', is.status, mine.session === hub.session)))`,
    );
    await rig.until('the answer', () => rig.told('is').length);
    expect(rig.told('is')).toEqual([['accepted', true]]);
    expect(rig.signups[0]).toMatchObject({ fields: { n: '1' }, attributes: { plan: 'gold' } });
  });

  test('a sign-up that the page raises when it is told of one from the stub is an event of its own', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/told',
      `<!doctype html>${TELL}${await stub()}<script>hub.signup({ n: 1 }); document.addEventListener('hub:event', (event) => { if (event.detail.fields.n == 1) hub.signup({ n: 2 }) })</script>${tag(rig.collector.origin, off)}`,
    );
    await rig.visit(`${origin}/told`);
    await rig.until('both', () => rig.signups.length === 2);
    expect(rig.fields.map((fields) => fields?.n).sort()).toEqual(['1', '2']);
  });

  test('a session that begins on an open page has the parameters of its address', async () => {
    const url = rig.page('', off);
    await rig.visit(`${url}?utm_source=mail&hub_plan=gold`);
    for (const begin of ['skew = 31 * 60e3', 'hub.reset()']) {
      rig.collector.reset();
      await rig.tab.run(`void (${begin}, hub.signup({}))`);
      await rig.until(begin, () => rig.signups.length);
      expect(rig.signups[0]?.attributes, begin).toMatchObject({ utm_source: 'mail', plan: 'gold' });
    }
  });

  test('values, keys and counts beyond the bounds are cut here, so that no event is refused for them', async () => {
    await rig.open('', off);
    await rig.tab.run(
      `void (hub.set({ ['k'.repeat(99)]: 'v'.repeat(9999), '': 1, nested: { a: 1 } }), hub.signup(Object.fromEntries(Array.from({ length: 99 }, (_, n) => ['f' + n, n]))))`,
    );
    await rig.until('the event', () => rig.signups.length);
    expect(Object.keys(rig.fields[0] ?? {}).length).toBeLessThanOrEqual(64);
    expect(rig.signups[0]?.attributes).toMatchObject({ ['k'.repeat(64)]: 'v'.repeat(4097), nested: '[object Object]' });
    expect(Object.keys(rig.signups[0]?.attributes ?? {})).not.toContain('');
  });
}
