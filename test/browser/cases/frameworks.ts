// Sites as their users write them: frameworks, embedded forms, a tag manager.
// The pages are in test/browser/pages, built from the npm packages when the suite starts.
// None of them knows anything of the tracker but its attributes.
import { beforeAll, expect, test } from 'vitest';
import { SITE_ID } from '../../support/site.ts';
import { bundle, FRAMEWORKS } from '../pages/build.ts';
import type { Rig } from '../rig.ts';

export function frameworks(rig: Rig): void {
  const JOE = { email: 'joe@bloggs.com' };
  const type = (selector = 'input[name=email]') =>
    rig.tab.run(`void ((input) => {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, 'joe@bloggs.com');
      input.dispatchEvent(new Event('input', { bubbles: true }));
    })(document.querySelector('${selector}'))`);

  beforeAll(async () => {
    for (const name of Object.keys(FRAMEWORKS) as (keyof typeof FRAMEWORKS)[])
      rig.site.serve(`/${name}.js`, await bundle(name), { 'content-type': 'text/javascript; charset=utf-8' });
  });

  for (const name of ['react', 'vue', 'svelte'])
    test(`${name}: one view, and one sign-up when the thank-you replaces the form`, async () => {
      await rig.open(`<div id=app></div><script src=/${name}.js></script>`);
      await rig.until('the form', () => rig.tab.run(`!!document.querySelector('form')`));
      await type();
      await rig.tab.click('button');
      await rig.until('the thank-you', () => rig.tab.run(`!!document.querySelector('#done')`));
      await rig.until('the sign-up', () => rig.signups.length);
      await rig.settled();
      expect(rig.fields).toEqual([JOE]);
      expect(rig.views).toHaveLength(1);
    });

  test('turbo: visits count under data-views=route, a form that is answered by a redirect is one sign-up', async () => {
    const origin = rig.site.fresh();
    const page = (title: string, body: string) =>
      `<!doctype html><html><head><title>${title}</title>${rig.head('data-views=route')}<script src=/turbo.js></script></head><body>${body}</body></html>`;
    rig.site.serve('/turbo-a', page('A', '<a id=next href=/turbo-b>next</a>'));
    rig.site.serve(
      '/turbo-b',
      page('B', '<form data-hub-signup method=post action=/turbo-post><input name=email><button>Go</button></form>'),
    );
    rig.site.serve('/turbo-post', '', { location: '/turbo-c' }, 303);
    rig.site.serve('/turbo-c', page('C', '<p id=done>Thanks</p>'));
    await rig.visit(`${origin}/turbo-a`);
    await rig.tab.click('#next');
    await rig.until('the form', () => rig.tab.run(`!!document.querySelector('form')`));
    await type();
    await rig.tab.click('button');
    await rig.until('the thank-you', () => rig.tab.run(`!!document.querySelector('#done')`));
    await rig.until('sign-up and views', () => rig.signups.length && rig.views.length === 3);
    await rig.settled();
    expect(rig.fields).toEqual([JOE]);
    expect(rig.views.map(({ attributes }) => new URL(String(attributes?.page_url)).pathname)).toEqual([
      '/turbo-a',
      '/turbo-b',
      '/turbo-c',
    ]);
  });

  test('htmx: a form that the answer replaces is one sign-up', async () => {
    rig.site.serve('/htmx-post', '<p id=done>Thanks</p>');
    await rig.open(
      '<form data-hub-signup hx-post=/htmx-post hx-swap=outerHTML><input name=email><button>Go</button></form><script src=/htmx.js></script>',
    );
    await type();
    await rig.tab.click('button');
    await rig.until('the thank-you', () => rig.tab.run(`!!document.querySelector('#done')`));
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([JOE]);
  });

  test('an embed in the manner of Mailchimp: another target, a bot trap, groups, inline validation', async () => {
    // A new tab would leave this one hidden in WebKit, whose driver cannot tell which tab a page has opened.
    const target = rig.name === 'webkit' ? 'there' : '_blank';
    await rig.open(`<iframe name=there hidden></iframe><div id=mc_embed_signup><form data-hub-signup action="/subscribe/post?u=1&amp;id=2" method=post name=mc-embedded-subscribe-form target=${target} novalidate>
      <input type=email name=EMAIL id=mce-EMAIL value=joe@bloggs.com><input name=FNAME id=mce-FNAME value=Joe>
      <ul><li><input type=checkbox value=1 name="group[7][1]" checked></ul>
      <div style="position:absolute;left:-5000px" aria-hidden=true><input type=text name=b_123_456 tabindex=-1 data-hub-ignore></div>
      <input type=submit value=Subscribe name=subscribe id=mc-embedded-subscribe></form></div>`);
    await rig.tab.click('#mc-embedded-subscribe');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([{ EMAIL: 'joe@bloggs.com', FNAME: 'Joe', 'group[7][1]': '1', subscribe: 'Subscribe' }]);
    await rig.renew();
  });

  test('a WordPress-like form: nonces stay, the plugin submits by script and shows its message', async () => {
    await rig.open(
      `<form class=wpcf7-form data-hub-signup action=/wp method=post><input type=hidden name=_wpnonce value=SECRET><input name=your-email value=joe@bloggs.com>
      <input type=submit value=Send class=wpcf7-submit></form>
      <script>document.querySelector('.wpcf7-form').addEventListener('submit', (event) => {
        event.preventDefault(); const form = event.target;
        fetch('/api', { method: 'POST', body: new FormData(form) }).then(() => { form.reset(); form.classList.add('sent') });
      })</script>`,
    );
    await rig.tab.click('.wpcf7-submit');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([{ 'your-email': 'joe@bloggs.com' }]);
  });

  test('injected late, as a tag manager does: forms that are there are tracked, the view counts once', async () => {
    const url = rig.page('');
    rig.site.serve(
      new URL(url).pathname,
      `<!doctype html><script>var tell = () => {}</script><form data-hub-signup method=post action=/thanks><input name=email value=joe@bloggs.com><button>Go</button></form>
      <script>onload = () => setTimeout(() => { const tag = document.createElement('script'); tag.async = true; tag.src = '${rig.collector.origin}/hub.js'; tag.setAttribute('data-site', '${SITE_ID}'); document.head.append(tag) }, 100)</script>`,
    );
    await rig.visit(url);
    await rig.until('the view', () => rig.views.length);
    await rig.tab.click('button');
    await rig.until('the sign-up', () => rig.signups.length);
    expect(rig.fields).toEqual([JOE]);
    expect(rig.views).toHaveLength(1);
  });
}
