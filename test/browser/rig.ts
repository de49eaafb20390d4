// What every case needs: a browser, a collector, a website, and words for what was received and what was not.
// Owns the life of those, and that no error of ours ever reached a page: every case ends with that check.
// How a browser is driven is test/support/engine.ts.
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { measure } from '../../client/build.mjs';
import type { WireEvent } from '../../worker/beacon.ts';
import { Collector } from '../support/collector.ts';
import { type Engine, type EngineName, launch, type Tab } from '../support/engine.ts';
import { html, Site, TELL, tag } from '../support/site.ts';
import { until } from '../support/until.ts';

export class Rig {
  readonly name: EngineName;
  readonly site = new Site();
  readonly collector: Collector = new Collector();
  engine!: Engine;
  /** The tab in the foreground. */
  tab!: Tab;
  #paths = 0;
  #fences = 0;

  constructor(name: EngineName) {
    this.name = name;
    beforeAll(async () => {
      const { code } = await measure();
      this.collector.files.set('/hub.js', code);
      this.site.serve('/hub.js', code, { 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' });
      await this.collector.start();
      await this.site.start();
      this.engine = await launch(name);
      this.tab = await this.engine.open();
    });
    beforeEach(() => {
      const earlier = this.site.hosts;
      this.collector.counts = (origin) => !(Number(/^http:\/\/s(\d+)\./.exec(origin ?? '')?.[1]) <= earlier);
    });
    afterEach(async () => {
      await this.tab.goto('about:blank');
      await this.collector.start();
      const errors = this.site.told.filter(([what]) => what === 'uncaught' || what === 'unhandled');
      this.collector.reset();
      this.site.reset();
      expect(errors, 'errors that reached the page').toEqual([]);
    });
    afterAll(async () => {
      await this.engine?.close();
      await this.site.stop();
      await this.collector.stop();
    });
  }

  /** Puts a page with the tracker on the site; returns its address on an origin that no test has used. */
  page(body = '', attributes = '', origin = this.site.fresh()): string {
    this.#paths += 1;
    const path = `/p${this.#paths}`;
    this.site.serve(path, html(this.collector.origin, body, attributes));
    return origin + path;
  }

  /** What every page has in its head, for pages made by hand. */
  head(attributes = ''): string {
    return TELL + tag(this.collector.origin, attributes);
  }

  /** Goes to such a page, and waits until the script is there. */
  async open(body = '', attributes = '', tab = this.tab): Promise<string> {
    const url = this.page(body, attributes);
    await this.visit(url, tab);
    return url;
  }

  async visit(url: string, tab = this.tab): Promise<void> {
    await tab.goto(url);
    await this.ready(tab);
  }

  async ready(tab = this.tab): Promise<void> {
    const ask = (expression: string) => tab.run(expression).catch(() => false);
    await until('the script', () => ask('!!(window.hub && hub.session)')).catch(async (error: Error) => {
      throw new Error(`${error.message} at ${await ask('location.href')}`);
    });
  }

  /** The sign-up, and the form that the browser sends by itself: until then it may still overtake where the case goes. */
  async submitted(what: string): Promise<void> {
    await until(what, () => this.signups.length && this.site.posts.length);
  }

  /** A new tab in the foreground, after something that makes drivers lose track of the old one. */
  async renew(): Promise<void> {
    if (this.name !== 'webkit') this.tab = await this.engine.open();
  }

  get views(): WireEvent[] {
    return this.collector.named('SiteViewed');
  }

  /** Sign-ups without those of `settled`. */
  get signups(): WireEvent[] {
    return this.collector.named('SignUpSuccess').filter(({ fields }) => !('fence' in (fields ?? {})));
  }

  get fields(): WireEvent['fields'][] {
    return this.signups.map(({ fields }) => fields);
  }

  /** What was raised in the page before is at the collector after: only then "nothing came" means something. */
  async settled(tab = this.tab): Promise<void> {
    this.#fences += 1;
    const fence = String(this.#fences);
    // Two turns of the page's timers, then one event that everything else went before.
    await tab.run(`void setTimeout(() => setTimeout(() => hub.signup({ fence: '${fence}' }), 120), 0)`);
    await until('the fence', () => [...this.collector.events.values()].some(({ fields }) => fields?.fence === fence));
  }

  /** What pages told under this word. */
  told(word: string): unknown[] {
    return this.site.told.filter(([what]) => what === word).map(([, ...rest]) => (rest.length > 1 ? rest : rest[0]));
  }

  until = until;
}
