// Consent, Global Privacy Control and opt-out: what may be stored and sent, and when.
// Looks into the page's storage and at every request, not only at events.
// What is never captured of a form is fields.ts.
import { expect, test } from 'vitest';
import { TELL } from '../../support/site.ts';
import type { Rig } from '../rig.ts';
import { stub } from './stub.ts';

const GPC = `<script>Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })</script>`;
const STORED = `Object.keys(localStorage).join()`;

export function privacy(rig: Rig): void {
  test('consent required: nothing is stored or sent before it, what waited goes out after', async () => {
    await rig.open('<form data-hub-signup=always><input name=a value=1></form>', 'data-consent=required');
    await rig.tab.run(
      `void (hub.signup({ n: 1 }), document.forms[0].addEventListener('submit', (e) => e.preventDefault()), document.forms[0].requestSubmit())`,
    );
    await rig.tab.run(`void setTimeout(() => tell('later', ${STORED}), 200)`);
    await rig.until('a while', () => rig.told('later').length);
    expect(rig.told('later')).toEqual(['']);
    expect(rig.collector.requests).toEqual([]);
    await rig.tab.run('void hub.consent(true)');
    await rig.until('what waited', () => rig.views.length === 1 && rig.signups.length === 2);
    await rig.until('the session only', () => rig.tab.run(`${STORED} === 'hub:s'`));
  });

  test('consent given on an earlier page: its session goes on', async () => {
    const url = await rig.open('', 'data-consent=required');
    await rig.tab.run('void hub.consent(true)');
    const session = await rig.tab.run('hub.session');
    await rig.visit(url);
    await rig.tab.run('void hub.consent(true)');
    await rig.until('two views', () => rig.views.length === 2);
    expect(rig.views.map((view) => view.user_session_id)).toEqual([session, session]);
  });

  test('consent given on a page that nobody has seen yet begins a session', async () => {
    const unseen = `<script>Object.defineProperty(document, 'hidden', { value: true })</script>`;
    const url = rig.page('');
    rig.site.serve(new URL(url).pathname, `<!doctype html>${unseen}${rig.head('data-consent=required')}`);
    await rig.tab.goto(url);
    await rig.until('the script', () => rig.tab.run(`typeof hub === 'object'`));
    await rig.tab.run('void (hub.consent(true), hub.signup({ n: 1 }))');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.signups[0]?.user_session_id).toBe(await rig.tab.run('hub.session'));
  });

  test('consent given to the stub of a page that was left too early: its calls are played back once, with the next consent', async () => {
    const origin = rig.site.fresh();
    rig.site.serve(
      '/early',
      `<!doctype html>${TELL}<script data-consent=required></script>${await stub()}<script>hub.consent(true); hub.signup({ n: 1 }); tell('stored', Object.keys(localStorage).length)</script>`,
    );
    await rig.tab.goto(`${origin}/early`);
    await rig.until('the call', () => rig.told('stored').length);
    expect(rig.told('stored')).toEqual([1]);
    for (let page = 0; page < 2; page++) {
      await rig.visit(rig.page('', 'data-consent=required', origin));
      expect(rig.signups).toHaveLength(page);
      await rig.tab.run('void hub.consent(true)');
      await rig.until('the sign-up', () => rig.signups.length);
      await rig.settled();
      // What is not yet acknowledged when the page is left comes again from the next one, and rightly.
      await rig.until('the session only', () => rig.tab.run(`${STORED} === 'hub:s'`));
    }
    expect(rig.fields).toEqual([{ n: '1' }]);
    expect(rig.collector.duplicates).toBe(0);
  });

  test('consent withdrawn: no trace in storage, nothing more is sent, sign-ups say that they were dropped', async () => {
    await rig.open('<form data-hub-signup=always><input name=a value=1></form>');
    await rig.until('the view', () => rig.views.length);
    rig.collector.mood = { status: 503 };
    await rig.tab.run('void (hub.set({ a: 1 }), hub.signup({ n: 1 }))');
    await rig.until('the refusal', () => rig.collector.requests.length === 2);
    await rig.tab.run('void hub.consent(false)');
    rig.collector.mood = {};
    await rig.tab.run(
      `void (hub.set({ b: 1 }), hub.signup({ n: 2 }).then((is) => tell('is', is.status)), document.querySelector('input').focus())`,
    );
    await rig.tab.run(
      `void (skew = 4e3, dispatchEvent(new Event('online')), setTimeout(() => tell('stored', ${STORED}), 200))`,
    );
    await rig.until('the answers', () => rig.told('is').length && rig.told('stored').length);
    expect(rig.told('is')).toEqual(['dropped']);
    expect(rig.told('stored')).toEqual(['']);
    expect(rig.signups).toEqual([]);
    expect(rig.collector.requests).toHaveLength(2);
  });

  test('consent withdrawn while a beacon is in flight that then fails: it is not tried again', async () => {
    await rig.open('', 'data-views=off');
    rig.collector.mood = { delayMs: 300, drop: true };
    await rig.tab.run(`void hub.signup({ n: 1 }).then((is) => tell('is', is.status))`);
    await rig.until('the beacon', () => rig.collector.requests.length);
    await rig.tab.run('void (hub.consent(false), hub.consent(true))');
    await rig.until('the answer', () => rig.told('is').length);
    await rig.settled();
    expect(rig.collector.requests.filter(({ body }) => body.includes('"n":"1"'))).toHaveLength(1);
  });

  test('consent withdrawn in one tab: another that is open does not write back what was forgotten', async () => {
    const url = await rig.open('', 'data-views=off');
    const session = await rig.tab.run(
      `(hub.identify('11111111-1111-4111-8111-111111111111', { name: 'Joe' }), hub.session)`,
    );
    const tab = await rig.engine.open();
    await rig.visit(url, tab);
    expect(await tab.run('hub.session')).toBe(session);
    await tab.run('void hub.consent(false)');
    await tab.close();
    await rig.until('an empty storage', () => rig.tab.run(`${STORED} === ''`));
    expect(await rig.tab.run('hub.session')).not.toBe(session);
    expect(await rig.tab.run('localStorage["hub:s"]')).not.toMatch(/Joe|11111111/);
  });

  test('a view that was dropped for want of consent is not the one of the session', async () => {
    const url = rig.page('', 'data-views=session');
    rig.site.serve(
      new URL(url).pathname,
      `<!doctype html>${TELL}${await stub()}<script>hub.consent(false)</script>${rig.head('data-views=session')}`,
    );
    await rig.visit(url);
    await rig.tab.run('void hub.consent(true)');
    const next = rig.page('', 'data-views=session', new URL(url).origin);
    for (let page = 0; page < 2; page++) {
      await rig.visit(next);
      await rig.settled();
      expect(rig.views.map(({ attributes }) => attributes?.page_url)).toEqual([next]);
    }
  });

  test('consent refused where storage is blocked forgets all the same', async () => {
    for (const how of [`get() { throw new DOMException('no', 'SecurityError') }`, 'value: null']) {
      rig.collector.reset();
      const blocked = `<script>Object.defineProperty(window, 'localStorage', { ${how} })</script>`;
      const url = rig.page('');
      rig.site.serve(new URL(url).pathname, `<!doctype html>${blocked}${rig.head('data-consent=required')}`);
      await rig.visit(url);
      await rig.tab.run('void (hub.signup({ n: 1 }), hub.consent(false), hub.consent(true), hub.signup({ n: 2 }))');
      await rig.until('what came after', () => rig.signups.length);
      await rig.settled();
      expect(rig.fields).toEqual([{ n: '2' }]);
      expect(rig.views).toEqual([]);
    }
  });

  test('data-debug says what is kept and what is dropped, and why', async () => {
    const log = `<script>console.log = (...what) => tell('log', what.slice(1, 4).join(' '))</script>`;
    const cases = [
      ['data-consent=required', '', 'kept SiteViewed consent'],
      ['data-views=off', '', 'dropped SiteViewed off'],
      ['', GPC, 'dropped SiteViewed GPC'],
    ];
    for (const [attributes, before, said] of cases) {
      const url = rig.page('');
      rig.site.serve(new URL(url).pathname, `<!doctype html>${log}${before}${rig.head(`data-debug ${attributes}`)}`);
      await rig.visit(url);
      await rig.until(said ?? '', () => rig.told('log').includes(said));
    }
    await rig.tab.run('void (hub.consent(false), hub.signup({ n: 1 }))');
    await rig.until('the refusal', () => rig.told('log').includes('dropped SignUpSuccess consent'));
  });

  test('Global Privacy Control: no view, no session in storage, sign-ups still sent; data-gpc=ignore turns it off', async () => {
    const url = await rig.open('');
    await rig.until('a session in storage', () => rig.tab.run(`${STORED} === 'hub:s'`));
    rig.collector.reset();
    rig.site.serve(new URL(url).pathname, `<!doctype html>${GPC}${rig.head()}`);
    await rig.visit(url);
    await rig.tab.run('void hub.signup({ n: 1 })');
    await rig.until('the sign-up', () => rig.signups.length);
    await rig.settled();
    const of = (views: typeof rig.views) => views.filter(({ attributes }) => attributes?.page_url === url);
    expect(of(rig.views)).toEqual([]);
    await rig.until('nothing in storage', () => rig.tab.run(`${STORED} === ''`));
    rig.site.serve(new URL(url).pathname, `<!doctype html>${GPC}${rig.head('data-gpc=ignore')}`);
    await rig.visit(url);
    await rig.until('the view', () => of(rig.views).length);
  });

  test('of the address only known parameters are kept; data-params says which', async () => {
    const url = rig.page('', `data-params="ref, aff_*"`);
    await rig.visit(`${url}?ref=a&aff_id=b&utm_source=c&email=joe%40bloggs.com&hub_=x&hub_plan=gold#token=1`);
    await rig.until('the view', () => rig.views.length);
    expect(rig.views[0]?.attributes).toMatchObject({
      ref: 'a',
      aff_id: 'b',
      plan: 'gold',
      page_url: `${url}?ref=a&aff_id=b`,
    });
    expect(Object.keys(rig.views[0]?.attributes ?? {})).not.toContain('');
    expect(rig.collector.requests[0]?.body).not.toMatch(/bloggs|token/);
    await rig.visit(`${url}?ref=z`);
    await rig.until('the second view', () => rig.views.length === 2);
    expect(rig.views[1]?.attributes?.ref, 'first touch').toBe('a');
    const all = rig.page('', 'data-params=*');
    await rig.visit(`${all}?hub_plan=gold`);
    await rig.until('the third view', () => rig.views.length === 3);
    expect(rig.views[2]?.attributes?.plan, 'always by its own name').toBe('gold');
  });
}
