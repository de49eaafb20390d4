// A guest in the page: strict policies, broken surroundings, two script tags, and no trace but `hub`.
// That no error reaches the page is checked after every case (rig.ts); here the surroundings invite them.
// Pages act by themselves where a driver would be broken by the same surroundings.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SITE_ID } from '../../support/site.ts';
import type { Rig } from '../rig.ts';

export function manners(rig: Rig): void {
  const script = (attributes = '') =>
    `<script ${attributes} src="${rig.collector.origin}/hub.js" data-site="${SITE_ID}"></script>`;

  test('a strict content security policy with nonce and Trusted Types is not violated', async () => {
    const policy = `default-src 'none'; img-src 'self'; script-src 'nonce-abc' 'strict-dynamic'; connect-src ${rig.collector.origin} 'self'; require-trusted-types-for 'script'; trusted-types 'none'; form-action 'self'`;
    const url = rig.page('');
    rig.site.serve(
      new URL(url).pathname,
      `<!doctype html><script nonce=abc>addEventListener('securitypolicyviolation', (event) => navigator.sendBeacon('/tell', JSON.stringify(['violated', event.violatedDirective])))</script>
      ${script('async nonce=abc')}<form data-hub-signup method=post action=/thanks><input name=email value=a@b.c><button>Go</button></form>`,
      { 'content-security-policy': policy },
    );
    await rig.visit(url);
    await rig.until('the view', () => rig.views.length);
    await rig.tab.click('button');
    await rig.until('the sign-up', () => rig.signups.length && rig.site.posts.length);
    expect(rig.told('violated')).toEqual([]);
  });

  test('a sandboxed frame without storage is tracked, and nothing is thrown', async () => {
    const inside = rig.page(`<script>addEventListener('hub:event', () => {})</script>`);
    await rig.tab.goto(rig.site.fresh());
    rig.site.serve('/sandbox', `<!doctype html><iframe sandbox="allow-scripts allow-forms" src="${inside}"></iframe>`);
    await rig.tab.goto(`${rig.site.fresh()}/sandbox`);
    await rig.until('the view', () => rig.views.length);
  });

  test('no global but hub, and two script tags count once', async () => {
    const url = rig.page('');
    rig.site.serve(
      new URL(url).pathname,
      `<!doctype html><script>var before = Object.getOwnPropertyNames(window)</script>${rig.head()}${script('async')}${script()}<script>onload = () => setTimeout(() => tell('new', Object.getOwnPropertyNames(window).filter((name) => !before.includes(name) && !['skew', 'tell', 'onload', 'before'].includes(name) && isNaN(name))), 50)</script>`,
    );
    await rig.visit(url);
    await rig.until('the globals', () => rig.told('new').length);
    expect(rig.told('new')).toEqual([['hub']]);
    await rig.settled();
    expect(rig.views).toHaveLength(1);
  });

  test('the tag that the README has made by script, for tag managers, is a tag like any other', async () => {
    const readme = await readFile(join(import.meta.dirname, '../../../README.md'), 'utf8');
    const [maker = 'none'] = /<script>\n\(function \(tag\)[^`]+/.exec(readme) ?? [];
    const url = rig.page('');
    rig.site.serve(
      new URL(url).pathname,
      `<!doctype html><title>Test</title>${maker.replace('https://hub.example.com', rig.collector.origin)}`,
    );
    await rig.visit(url);
    await rig.until('the view', () => rig.views.length);
    expect(maker).toContain(SITE_ID);
  });

  test('a missing or wrong data-site is one warning, and nothing else happens', async () => {
    for (const attribute of ['', 'data-site=my-site']) {
      rig.collector.reset();
      rig.site.reset();
      const url = rig.page('');
      rig.site.serve(
        new URL(url).pathname,
        `<!doctype html><script>var tell = (...what) => navigator.sendBeacon('/tell', JSON.stringify(what)); console.warn = (...what) => tell('warned', what.length); onload = () => setTimeout(() => tell('state', typeof hub, JSON.stringify(localStorage)), 50)</script><script async src="${rig.collector.origin}/hub.js" ${attribute}></script>`,
      );
      await rig.tab.goto(url);
      await rig.until('the state', () => rig.told('state').length);
      expect(rig.told('warned')).toHaveLength(1);
      expect(rig.told('state')).toEqual([['undefined', '{}']]);
      expect(rig.collector.requests).toEqual([]);
    }
  });

  const surroundings: Record<string, string> = {
    'a frozen window.hub': `Object.defineProperty(window, 'hub', { value: Object.freeze({}), writable: false, configurable: false })`,
    'an old Promise polyfill': `window.Promise = class { #then = []; constructor(run) { run((value) => { for (const one of this.#then) one(value) }, () => {}) } then(one) { this.#then.push(one); return this } }`,
    'enumerable additions to prototypes': `Object.prototype.extra = function () {}; Array.prototype.more = function () {}; String.prototype.also = 1; Object.prototype.submit = 1`,
    'a fetch that throws': `window.fetch = () => { throw new Error('of the page') }`,
    'no crypto': `Object.defineProperty(window, 'crypto', { value: undefined })`,
    'no Map and no URL': `window.Map = window.URL = undefined`,
    'listeners that throw': `for (const type of ['submit', 'formdata', 'pageshow', 'click', 'hub:event']) document.addEventListener(type, () => { try { return } finally { } })`,
  };
  for (const [what, code] of Object.entries(surroundings))
    test(`${what} brings no error into the page, and its form still works`, async () => {
      const url = rig.page('');
      rig.site.serve(
        new URL(url).pathname,
        `<!doctype html>${rig.head().replace('<script async', `<script>${code}</script><script async`)}<form data-hub-signup method=post action=/thanks><input name=a value=1><button>Go</button></form>
        <script>onload = () => setTimeout(() => document.querySelector('button').click(), 200)</script>`,
      );
      // The page clicks by itself: the driver of WebKit works in the page, and is broken by the same things.
      await rig.tab.goto(url);
      await rig.until('the form', () => rig.site.posts.length);
      expect(rig.site.posts).toEqual(['a=1']);
    });

  test('a click and a submit are never delayed, not even while the collector hangs', async () => {
    rig.collector.mood = { delayMs: 8_000 };
    await rig.open('<form data-hub-signup method=post action=/thanks><input name=a value=1><button>Go</button></form>');
    const before = performance.now();
    await rig.tab.click('button');
    await rig.until('the form', () => rig.site.posts.length);
    expect(performance.now() - before).toBeLessThan(2_000);
  });
}
