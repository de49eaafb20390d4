// When a form is a sign-up: native submissions, and those that the page makes by script.
// What a submission carries is fields.ts. Says as often what must not be raised as what must.
// Clicks are the driver's, with user activation, except where a case needs two at once.
import { expect, test } from 'vitest';
import type { Rig } from '../rig.ts';

const EMAIL = '<input name=email value=joe@bloggs.com>';
const JOE = { email: 'joe@bloggs.com' };
/** Submits by script, as most sites do. What then happens is up to each test. */
const ajax = (then: string) =>
  `<script>document.querySelector('form').addEventListener('submit', (event) => { const form = event.target; event.preventDefault(); ${then} })</script>`;

export function forms(rig: Rig): void {
  const off = 'data-views=off';

  test('a marked form that the browser submits is one sign-up, and the site receives it as ever', async () => {
    await rig.open(`<form data-hub-signup method=post action=/thanks>${EMAIL}<button>Go</button></form>`, off);
    await rig.tab.click('button');
    await rig.until('form and sign-up', () => rig.site.posts.length && rig.signups.length);
    expect(rig.site.posts).toEqual(['email=joe%40bloggs.com']);
    expect(rig.fields).toEqual([JOE]);
  });

  test('form.submit() and requestSubmit() are seen, new FormData(form) of an autosave is not', async () => {
    for (const call of ['submit', 'requestSubmit']) {
      await rig.open(`<form data-hub-signup method=post action=/thanks>${EMAIL}</form>`, off);
      await rig.tab.run(`void setTimeout(() => document.forms[0].${call}())`);
      await rig.submitted(`${call}()`);
      expect(rig.fields, call).toEqual([JOE]);
      rig.collector.reset();
      rig.site.reset();
    }
    const url = await rig.open(`<form data-hub-signup method=post action=/thanks>${EMAIL}</form>`, off);
    await rig.tab.run('void (new FormData(document.forms[0]), window.saved = performance.now())');
    await rig.until('half a second', () => rig.tab.run('performance.now() > saved + 600'));
    await rig.visit(url);
    await rig.settled();
    expect(rig.signups).toEqual([]);
  });

  test('an AJAX form is a sign-up when the page resets, hides or removes it', async () => {
    const shows = ['form.reset()', 'form.hidden = true', 'form.remove()', 'form.parentNode.style.display = "none"'];
    for (const show of shows) {
      await rig.open(
        `<div><form data-hub-signup><input name=email><button>Go</button></form></div>${ajax(`setTimeout(() => { ${show} }, 150)`)}`,
        off,
      );
      await rig.tab.run(`void (document.querySelector('input').value = 'joe@bloggs.com')`);
      await rig.tab.click('button');
      await rig.until(show, () => rig.signups.length);
      expect(rig.fields, show).toEqual([JOE]);
      rig.collector.reset();
    }
  });

  test('an AJAX form is a sign-up when the page leaves after it, and when the page calls hub.signup(form)', async () => {
    await rig.open(
      `<form data-hub-signup>${EMAIL}<button>Go</button></form>${ajax(`setTimeout(() => { location.href = '/thanks' }, 150)`)}`,
      off,
    );
    await rig.tab.click('button');
    await rig.until('the thanks page', () => rig.site.visits.includes('/thanks'));
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([JOE]);
    rig.collector.reset();
    await rig.open(
      `<form data-hub-signup=call>${EMAIL}<button>Go</button></form>${ajax(`setTimeout(() => { form.reset(); form.email.value = ''; hub.signup(form).then(({ status }) => tell('status', status)) }, 150)`)}`,
      off,
    );
    await rig.tab.click('button');
    await rig.until('the status', () => rig.told('status').length);
    expect(rig.told('status')).toEqual(['accepted']);
    expect(rig.fields).toEqual([JOE]);
  });

  test('what the page refuses is no sign-up, neither by its own validation nor by that of the browser', async () => {
    await rig.open(
      `<form data-hub-signup>${EMAIL}<button>Go</button></form>${ajax('')}<script>console.log = (...what) => tell('log', what[1])</script>`,
      `${off} data-debug`,
    );
    await rig.tab.click('button');
    await rig.settled();
    await rig.tab.run('void (skew = 11e3)');
    await rig.until('the log to say so', () => rig.told('log').includes('no success'));
    await rig.tab.goto('about:blank');
    await rig.open(`<form data-hub-signup><input name=email required><button>Go</button></form>`, off);
    await rig.tab.click('button');
    await rig.settled();
    expect(rig.signups).toEqual([]);
    await rig.open(
      `<form data-hub-signup method=post action=/thanks><input name=email type=email value=no required><button formnovalidate>Go</button></form>`,
      off,
    );
    await rig.tab.click('button');
    await rig.submitted('formnovalidate');
    expect(rig.fields).toEqual([{ email: 'no' }]);
  });

  test('data-hub-signup=always raises at once, =call never by itself', async () => {
    await rig.open(`<form data-hub-signup=always>${EMAIL}<button>Go</button></form>${ajax('')}`, off);
    await rig.tab.click('button');
    await rig.until('always', () => rig.signups.length);
    rig.collector.reset();
    await rig.open(`<form data-hub-signup=call>${EMAIL}<button>Go</button></form>${ajax('form.reset()')}`, off);
    await rig.tab.click('button');
    await rig.settled();
    expect(rig.signups).toEqual([]);
  });

  test('one submission is one event: double clicks, and the automatic one beside hub.signup(form)', async () => {
    await rig.open(
      `<iframe name=there hidden></iframe><form data-hub-signup method=post target=there action=/thanks>${EMAIL}<button>Go</button></form>`,
      off,
    );
    await rig.tab.run(
      `void (document.querySelector('button').click(), document.querySelector('button').click(), window.clicked = performance.now())`,
    );
    await rig.until('the submission', () => rig.site.posts.length);
    await rig.settled();
    expect(rig.fields).toEqual([JOE]);
    await rig.tab.run('void (skew = 3e3, hub.signup(document.forms[0]).then(({ id }) => tell("id", id)))');
    await rig.until('the id', () => rig.told('id').length);
    expect(rig.told('id')).toEqual([rig.signups[0]?.id]);
    // Events carry the time of the browser, which no page can move: the third click comes after the 2 s of a double click.
    await rig.until('two seconds', () => rig.tab.run('performance.now() > clicked + 2100'));
    await rig.tab.run(`void document.querySelector('button').click()`);
    await rig.until('a second event', () => rig.signups.length === 2);
  });

  test('a form that the page checks, hands to hub.signup and then submits is one submission, however long that took', async () => {
    await rig.open(
      `<iframe name=there hidden></iframe><form data-hub-signup method=post target=there action=/thanks>${EMAIL}<button>Go</button></form>
      <script>var checked; document.forms[0].addEventListener('submit', (event) => { if (!checked) event.preventDefault() })</script>`,
      off,
    );
    await rig.tab.click('button');
    await rig.settled();
    expect(rig.signups).toEqual([]);
    await rig.tab.run(
      `void (skew = 5e3, checked = true, hub.signup(document.forms[0]).then(() => document.forms[0].requestSubmit()))`,
    );
    await rig.until('the submission', () => rig.site.posts.length);
    await rig.settled();
    expect(rig.fields).toEqual([JOE]);
  });

  test('no handler of the page can hide a submission, and none sees us', async () => {
    const page = (tracked: string) => `<form ${tracked} method=post action=/thanks>${EMAIL}<button>Go</button></form>
      <script>for (const type of ['submit', 'formdata']) document.forms[0].addEventListener(type, (event) => { event.stopImmediatePropagation(); tell('seen', type) })</script>`;
    await rig.open(page('data-hub-ignore'), off);
    await rig.tab.click('button');
    await rig.until('the form', () => rig.site.posts.length && rig.told('seen').includes('formdata'));
    await rig.open('', off);
    await rig.settled();
    // Each is told by a request of its own, so they come in any order.
    const seen = () => rig.told('seen').sort();
    const without = seen();
    rig.site.reset();
    await rig.open(page('data-hub-signup'), off);
    await rig.tab.click('button');
    await rig.submitted('the sign-up');
    await rig.until('the same handlers', () => seen().length >= without.length);
    expect(seen()).toEqual(without);
    expect(rig.fields).toEqual([JOE]);
  });

  test('forms added later and forms in open shadow roots are sign-ups too', async () => {
    await rig.open('<div id=host></div>', off);
    await rig.tab.run(
      `void (document.querySelector('#host').innerHTML = '<form data-hub-signup method=post action=/thanks>${EMAIL}<button>Go</button></form>')`,
    );
    await rig.tab.click('button');
    await rig.submitted('the form added later');
    expect(rig.fields).toEqual([JOE]);
    rig.collector.reset();
    rig.site.posts = [];
    await rig.open(
      `<div id=outer></div><script>
      const inner = document.querySelector('#outer').attachShadow({ mode: 'open' }).appendChild(document.createElement('div'));
      const root = inner.attachShadow({ mode: 'open' });
      root.innerHTML = '<form data-hub-signup method=post action=/thanks>${EMAIL}<button>Go</button></form>';
      </script>`,
      off,
    );
    await rig.tab.run(
      `void (root.querySelector('input').focus(), setTimeout(() => root.querySelector('button').click()))`,
    );
    await rig.submitted('the form in two shadow roots');
    expect(rig.fields).toEqual([JOE]);
  });

  test('controls named submit, id, action, method, target or length break nothing', async () => {
    await rig.open(
      `<form data-hub-signup method=post action=/thanks>${EMAIL}<input name=id value=1><input name=action value=2><input name=method value=3><input name=target value=4><input name=length value=6><button name=submit value=5>Go</button></form>`,
      off,
    );
    await rig.tab.click('button');
    await rig.submitted('the sign-up');
    expect(rig.fields).toEqual([{ ...JOE, id: '1', action: '2', method: '3', target: '4', length: '6', submit: '5' }]);
  });

  test('controls named matches, elements, dataset, offsetWidth or nodeType hide nothing of the form', async () => {
    const names = ['matches', 'elements', 'dataset', 'offsetWidth', 'nodeType'];
    const controls = EMAIL + names.map((name) => `<input name=${name} value=1>`).join('');
    const all = { ...JOE, ...Object.fromEntries(names.map((name) => [name, '1'])) };
    await rig.open(`<form data-hub-signup method=post action=/thanks>${controls}<button>Go</button></form>`, off);
    await rig.tab.click('button');
    await rig.submitted('the sign-up');
    expect(rig.fields).toEqual([all]);
    for (const [mode, then] of [
      ['always', ''],
      ['', 'setTimeout(() => { form.hidden = true }, 150)'],
    ]) {
      rig.collector.reset();
      await rig.open(`<form data-hub-signup="${mode}">${controls}<button>Go</button></form>${ajax(then ?? '')}`, off);
      await rig.tab.click('button');
      await rig.until(`AJAX ${mode}`, () => rig.signups.length);
      expect(rig.fields).toEqual([all]);
    }
  });

  test('a form without a box of its own, or without width, is seen to go by its controls', async () => {
    const pages = [
      `<form data-hub-signup style="display: contents">${EMAIL}<button>Go</button></form>`,
      `<form data-hub-signup style="width: 0">${EMAIL}<button>Go</button></form>`,
      `<div style="display: flex"><form id=f data-hub-signup></form></div><input form=f name=email value=joe@bloggs.com><button form=f>Go</button>`,
    ];
    for (const page of pages) {
      rig.collector.reset();
      await rig.open(`${page}${ajax('setTimeout(() => form.remove(), 300)')}`, off);
      await rig.tab.click('button');
      await rig.until(page, () => rig.signups.length);
      expect(rig.fields).toEqual([JOE]);
    }
    rig.collector.reset();
    await rig.open(`${pages[0]}${ajax('')}`, off);
    await rig.tab.click('button');
    await rig.settled();
    expect(rig.signups, 'as long as it stays').toEqual([]);
  });

  test('an AJAX form whose content gives way to a thank-you is a sign-up', async () => {
    await rig.open(
      `<form data-hub-signup>${EMAIL}<button>Go</button></form>${ajax(`setTimeout(() => { form.innerHTML = '<p>Thanks</p>' }, 150)`)}`,
      off,
    );
    await rig.tab.click('button');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([JOE]);
    rig.collector.reset();
    await rig.open(`<form data-hub-signup><b>A library's fields</b></form>${ajax('')}`, off);
    await rig.tab.run(
      `void ((form, button) => { form.append(button); button.click(); button.remove() })(document.forms[0], document.createElement('button'))`,
    );
    await rig.settled();
    expect(rig.signups, 'a button that a library puts there for the moment is no content').toEqual([]);
    await rig.tab.run('void document.forms[0].remove()');
    await rig.until('the sign-up of the library', () => rig.signups.length);
  });

  test('the fields are those that were submitted, whatever is typed before the page shows that it went well', async () => {
    const shows = ['form.reset()', `location.href = '/thanks'`, 'form.remove()', 'hub.signup(form)'];
    for (const show of shows) {
      rig.collector.reset();
      await rig.open(
        `<form data-hub-signup>${EMAIL}<input type=checkbox name=optin checked><button>Go</button></form>
        ${ajax(`setTimeout(() => { form.email.value = 'next@bloggs.com'; form.optin.checked = false; ${show} }, 150)`)}`,
        off,
      );
      await rig.tab.click('button');
      await rig.until(show, () => rig.signups.length);
      expect(rig.fields, show).toEqual([{ ...JOE, optin: 'true' }]);
    }
  });

  test('hub.signup(form) in a handler of the submit reads what the handler has set', async () => {
    for (const mode of ['', 'call']) {
      rig.collector.reset();
      await rig.open(
        `<form data-hub-signup="${mode}">${EMAIL}<input type=hidden data-hub-field=score value=0><button>Go</button></form>
        ${ajax(`form.elements[1].value = 42; hub.signup(form)`)}`,
        off,
      );
      await rig.tab.click('button');
      await rig.until('the sign-up', () => rig.signups.length);
      expect(rig.fields, mode).toEqual([{ ...JOE, score: '42' }]);
    }
  });

  test('another submission more than 2 s after the first is another event, however late the first one succeeded', async () => {
    await rig.open(`<form data-hub-signup><input name=email><button>Go</button></form>${ajax('')}`, off);
    const submit = (email: string) =>
      rig.tab.run(`void (document.forms[0].email.value = '${email}', document.querySelector('button').click())`);
    await submit('a');
    await rig.tab.run('void (skew = 1500, document.forms[0].reset())');
    await rig.until('the first', () => rig.signups.length === 1);
    await rig.tab.run('void (skew = 2200)');
    await submit('b');
    await rig.tab.run('void document.forms[0].reset()');
    await rig.until('the second', () => rig.signups.length === 2);
    expect(rig.fields.map((fields) => fields?.email).sort()).toEqual(['a', 'b']);
  });

  test('form.submit() into a frame is a sign-up at once, and again when it comes later', async () => {
    await rig.open(
      `<iframe name=there hidden></iframe><form data-hub-signup method=post target=there action=/thanks>${EMAIL}</form>`,
      off,
    );
    await rig.tab.run('void (document.forms[0].submit(), document.forms[0].submit())');
    await rig.until('form and sign-up', () => rig.site.posts.length && rig.signups.length);
    await rig.settled();
    expect(rig.fields).toEqual([JOE]);
    await rig.tab.run('void (skew = 3e3, document.forms[0].submit())');
    await rig.until('the second', () => rig.signups.length === 2);
  });

  test('a link that is clicked right after an autosave makes no sign-up of it', async () => {
    const url = await rig.open(
      `<form data-hub-signup>${EMAIL}</form><a href=/elsewhere onmousedown="new FormData(document.forms[0]); tell('saved')">cancel</a>`,
      off,
    );
    await rig.tab.click('a');
    await rig.until('the other page', () => rig.told('saved').length && rig.site.visits.includes('/elsewhere'));
    await rig.visit(url);
    await rig.settled();
    expect(rig.signups).toEqual([]);
  });

  test('data-forms: all takes every form but the ignored, off takes none, unmarked forms are left alone', async () => {
    const frame = '<iframe name=there hidden></iframe>';
    const form = (id: string, more = '') =>
      `<form id=${id} ${more} method=post target=there action=/thanks><input name=from value=${id}><button>Go</button></form>`;
    const body = `${frame}${form('plain')}${form('ignored', 'data-hub-ignore')}<div data-hub-ignore>${form('within')}</div>${form('marked', 'data-hub-signup')}`;
    const expected: [string, string[]][] = [
      ['data-forms=all', ['plain', 'marked']],
      ['data-forms=off', []],
      ['data-forms=marked', ['marked']],
    ];
    for (const [attribute, from] of expected) {
      rig.collector.reset();
      await rig.open(body, `${off} ${attribute}`);
      await rig.tab.run(`void document.querySelectorAll('button').forEach((button) => button.click())`);
      await rig.settled();
      expect(rig.fields.map((fields) => fields?.from).sort(), attribute).toEqual(from.sort());
    }
  });

  test('data-hub-ignore covers what is in an open shadow root within it too', async () => {
    await rig.open(
      `<section data-hub-ignore><div id=ignored></div></section><div id=seen></div><script>
      for (const host of document.querySelectorAll('div')) host.attachShadow({ mode: 'open' }).innerHTML =
        '<iframe name=in-' + host.id + ' hidden></iframe><form method=post target=in-' + host.id + ' action=/thanks><input name=from value=' + host.id + '><button>Go</button></form>';
      </script>`,
      `${off} data-forms=all`,
    );
    for (const id of ['ignored', 'seen'])
      await rig.tab.run(
        `void (({ shadowRoot }) => { shadowRoot.querySelector('input').focus(); shadowRoot.querySelector('button').click() })(document.getElementById('${id}'))`,
      );
    await rig.until('both forms', () => rig.site.posts.length === 2);
    await rig.settled();
    expect(rig.fields).toEqual([{ from: 'seen' }]);
  });
}
