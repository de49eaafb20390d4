// Nothing lost: whatever the collector, the network, the storage or the user does, each sign-up is counted once.
// Every case of leaving prints a line of the table: sent, received, counted, and copies that the dedupe took away.
// HUBWIRE_LEAVES says how many navigations a case makes.
import { expect, test } from 'vitest';
import { TELL, tag } from '../../support/site.ts';
import type { Rig } from '../rig.ts';

/** Native submissions that leave the page at once, several frames at a time. */
const LEAVES = Number(process.env.HUBWIRE_LEAVES ?? 40);
const FRAMES = 5;
/** Of each sign-up, at most, on average: a page may lose the answer, and then the next one sends all that it finds. */
const COPIES_MAX = 3;

export function loss(rig: Rig): void {
  // The script comes from the site here, because the collector may be away.
  const off = () => `data-views=off data-collector=${rig.collector.origin}`;

  /** Frames that load a page with a form, submit it as soon as the script is there, and go on with the next. */
  const leaving = async (count: number) => {
    const origin = rig.site.fresh();
    const form = rig.page('', off(), origin);
    rig.site.serve(
      new URL(form).pathname,
      `<!doctype html>${TELL}${tag('', off())}
      <form data-hub-signup method=post action=/next><input name=n></form><script>
      const n = new URLSearchParams(location.search).get('n');
      const wait = setInterval(() => { if (!window.hub?.session) return; clearInterval(wait); document.forms[0].n.value = n; document.forms[0].requestSubmit(); }, 5);
      </script>`,
    );
    rig.site.serve('/next', '<script>parent.next(name)</script>');
    rig.site.serve(
      '/all',
      `<!doctype html><script>
      var left = ${count}, open = ${FRAMES};
      var next = (name) => { if (left) frames[name].location = '${form}?n=' + left--; else if (!--open) navigator.sendBeacon('/tell', '["left"]'); };
      onload = () => { for (const frame of document.querySelectorAll('iframe')) next(frame.name) };
      </script>${Array.from({ length: FRAMES }, (_, n) => `<iframe name=f${n}></iframe>`).join('')}`,
    );
    await rig.tab.goto(`${origin}/all`);
    await rig.until('all forms to be left', () => rig.site.told.some(([what]) => what === 'left'), LEAVES * 500);
    return origin;
  };

  /** Every number once, at the collector, and nothing left in storage; a later page of the site sends what is left. */
  const complete = async (origin: string, count: number) => {
    const missing = () => {
      const seen = new Set(rig.signups.map(({ fields }) => Number(fields?.n)));
      return Array.from({ length: count }, (_, n) => n + 1).filter((n) => !seen.has(n));
    };
    await rig.visit(rig.page('', off(), origin));
    await rig.until('every sign-up', () => missing().length === 0, LEAVES * 750).catch(() => undefined);
    const line = {
      engine: rig.name,
      case: expect.getState().currentTestName,
      sent: count,
      received: count - missing().length,
    };
    console.log(JSON.stringify({ ...line, counted: rig.signups.length, repeated: rig.collector.duplicates }));
    expect(missing()).toEqual([]);
    expect(rig.signups).toHaveLength(count);
    // Pages that stay for less than a second leave to later ones what is still in flight.
    expect(rig.collector.duplicates, 'copies').toBeLessThan(COPIES_MAX * count);
    await rig.until('an empty outbox', () =>
      rig.tab.run(`!Object.keys(localStorage).some((key) => key.startsWith('hub:e'))`),
    );
  };

  test('leaving on submit, the collector answers at once', async () => {
    await complete(await leaving(LEAVES), LEAVES);
  });

  test('leaving on submit, the collector answers after 500 ms', async () => {
    rig.collector.mood = { delayMs: 500 };
    await complete(await leaving(LEAVES), LEAVES);
  });

  test('leaving on submit, the collector refuses for the first 5 seconds', async () => {
    await rig.collector.stop();
    const back = new Promise((resolve) => setTimeout(resolve, 5_000)).then(() => rig.collector.start());
    const origin = await leaving(LEAVES);
    await back;
    await complete(origin, LEAVES);
  });

  test('leaving on submit, the collector answers 503 with Retry-After at first', async () => {
    const known = new Set<string>();
    rig.collector.mood = ({ events }) => {
      const first = events.some(({ id }) => !known.has(id));
      for (const { id } of events) known.add(id);
      return first ? { status: 503, retryAfter: 1 } : {};
    };
    await complete(await leaving(LEAVES), LEAVES);
  });

  test('leaving on submit, the collector reads the beacon and drops the connection', async () => {
    const known = new Set<string>();
    rig.collector.mood = ({ events }) => {
      const first = events.some(({ id }) => !known.has(id));
      for (const { id } of events) known.add(id);
      return first ? { drop: true } : {};
    };
    await complete(await leaving(LEAVES), LEAVES);
  });

  test('Retry-After is honoured: the page asks again when it was told to, not before', async () => {
    await rig.open('', off());
    const asked: number[] = [];
    rig.collector.mood = ({ events }) => {
      if (!events.some(({ fields }) => fields?.patient)) return {};
      asked.push(performance.now());
      return asked.length === 1 ? { status: 429, retryAfter: 2 } : {};
    };
    await rig.tab.run('void hub.signup({ patient: 1 })');
    await rig.until('the sign-up', () => rig.signups.some(({ fields }) => fields?.patient));
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(1_950);
  });

  test('a wait that no timer can hold does not become none', async () => {
    await rig.open('', off());
    rig.collector.mood = { status: 429, retryAfter: 2_200_000 };
    await rig.tab.run(`void hub.signup({ n: 1 }).then(() => setTimeout(() => tell('later'), 1000))`);
    await rig.until('a second', () => rig.told('later').length);
    expect(rig.collector.requests).toHaveLength(1);
  });

  test('each `online` takes the place of the retry that was waiting, instead of adding one', async () => {
    await rig.open(
      `<script>var waiting = new Set(), start = setTimeout, stop = clearTimeout;
      setTimeout = (run, ms, ...rest) => (ms >= 2e3 ? (waiting.add(waiting.size + 1), waiting.size) : start(run, ms, ...rest)); clearTimeout = (id) => void (waiting.delete(id) || stop(id))</script>`,
      off(),
    );
    rig.collector.mood = { status: 503 };
    await rig.tab.run(`void hub.signup({ n: 1 }).then((is) => tell('is', is.status))`);
    await rig.until('the answer', () => rig.told('is').length);
    for (let tries = 2; tries < 5; tries++) {
      await rig.tab.run(`void dispatchEvent(new Event('online'))`);
      await rig.until(`try ${tries}`, () => rig.collector.requests.length === tries);
      await rig.until('a retry', () => rig.tab.run('waiting.size'));
    }
    await rig.tab.run(`void start(() => tell('waiting', waiting.size), 100)`);
    await rig.until('the retries', () => rig.told('waiting').length);
    expect(rig.told('waiting')).toEqual([1]);
  });

  test('a second try says when it was sent itself, so that the collector corrects no clock that is right', async () => {
    await rig.open('', off());
    let tries = 0;
    rig.collector.mood = () => (tries++ ? {} : { delayMs: 300, drop: true });
    await rig.tab.run('void hub.signup({ n: 1 })');
    await rig.until('the second try', () => rig.collector.requests.length === 2);
    const [first = 0, second = 0] = rig.collector.requests.map(({ body }) => Date.parse(JSON.parse(body).sent_at));
    expect(second - first).toBeGreaterThanOrEqual(300);
  });

  test('other refusals are final: nothing is sent again, nothing stays in storage', async () => {
    await rig.open('', off());
    for (const status of [400, 403, 404, 413]) {
      rig.collector.mood = { status };
      await rig.tab.run(`void hub.signup({ n: ${status} }).then((is) => tell('is', is.status))`);
      await rig.until(String(status), () => rig.told('is').length === [400, 403, 404, 413].indexOf(status) + 1);
    }
    expect(rig.told('is')).toEqual(['dropped', 'dropped', 'dropped', 'dropped']);
    expect(await rig.tab.run(`Object.keys(localStorage).join()`)).toBe('hub:s');
    expect(rig.collector.requests).toHaveLength(4);
  });

  test('the tab is closed while the collector is away, and a later one sends what was left', async () => {
    const url = await rig.open('', off());
    await rig.collector.stop();
    const tab = await rig.engine.open();
    await tab.goto(url);
    await rig.ready(tab);
    await tab.run('void hub.signup({ n: 1 })');
    await tab.close();
    await rig.tab.goto('about:blank');
    await rig.collector.start();
    await rig.visit(url);
    await rig.until('the sign-up', () => rig.signups.length);
    await rig.settled();
    expect(rig.fields).toEqual([{ n: '1' }]);
  });

  test('what somebody broke in storage costs nothing: views, sign-ups and the kept calls arrive', async () => {
    const origin = rig.site.fresh();
    const call = (n: number, text: string) =>
      `localStorage['hub:c${Date.now() + n}${crypto.randomUUID()}'] = '${text}';`;
    for (const [n, session] of ['{"user_session', '{}', 'null', '5'].entries()) {
      const broken = `<script>localStorage['hub:s'] = '${session}';
        ${call(1, '["signup",[{"n"')} ${call(2, `["signup",[{"kept":${n}}]]`)}</script>`;
      rig.site.serve(`/broken-${n}`, `<!doctype html>${TELL}${broken}${tag(rig.collector.origin)}`);
      await rig.visit(`${origin}/broken-${n}`);
      await rig.tab.run(`void hub.signup({ n: ${n} })`);
      await rig.until(session, () => rig.signups.length === 2 * (n + 1) && rig.views.length === n + 1);
      await rig.until('clean storage', () => rig.tab.run(`Object.keys(localStorage).join() === 'hub:s'`));
    }
    expect(rig.fields.map((fields) => JSON.stringify(fields)).sort()).toEqual(
      [0, 1, 2, 3].flatMap((n) => [`{"kept":"${n}"}`, `{"n":"${n}"}`]).sort(),
    );
    expect(new Set(rig.signups.map((event) => event.user_session_id)).size).toBe(4);
  });

  test('a stored event or call that is broken takes no other along, and is gone after', async () => {
    const origin = rig.site.fresh();
    const broken = ['{}', '5', '["signup"]', '["nope",[]]', '[null,null]', '["signup",5]', 'true', '{"id":'];
    const store = broken.map((text, n) => `localStorage['hub:c${Date.now() + n}' + crypto.randomUUID()] = '${text}';`);
    rig.site.serve(
      '/broken',
      `<!doctype html>${TELL}<script>${store.join('')} localStorage['hub:c${Date.now() + 99}' + crypto.randomUUID()] = '["signup",[{"n":1}]]';
      const id = crypto.randomUUID(); localStorage['hub:e' + Date.now() + crypto.randomUUID()] = '{"id":';
      localStorage['hub:e' + Date.now() + id] = JSON.stringify({ id, event: 'SignUpSuccess', fields: { n: '2' } })</script>${tag(rig.collector.origin, off())}`,
    );
    // A collector refuses a beacon that is no JSON as a whole, and what it refused is not sent again.
    await rig.visit(`${origin}/broken`);
    await rig.tab.run('void (hub.signup({ n: 3 }), hub.signup({ n: 4 }))');
    await rig.until('all four', () => rig.signups.length === 4);
    expect(rig.fields.map((fields) => fields?.n).sort()).toEqual(['1', '2', '3', '4']);
    await rig.until('clean storage', () => rig.tab.run(`Object.keys(localStorage).join() === 'hub:s'`));
  });

  test('what is left of one site is not sent as of another on the same origin, but what an older version left is', async () => {
    const other = 'aaaaaaaa-158a-4216-aaa1-edbc249e005b';
    const url = await rig.open('', off());
    rig.collector.mood = { status: 503 };
    await rig.tab.run(`void hub.signup({ n: 1 }).then(() => tell('kept'))`);
    await rig.until('the refusal', () => rig.told('kept').length);
    await rig.tab.goto('about:blank');
    rig.collector.reset();
    const page = rig.page('', off(), new URL(url).origin);
    rig.site.serve(
      new URL(page).pathname,
      `<!doctype html>${TELL}<script>const id = crypto.randomUUID(); localStorage['hub:e' + Date.now() + id] = JSON.stringify({ id, event: 'SignUpSuccess', fields: { n: '2' } })</script>
      ${tag('', off()).replace(/data-site="[^"]*"/, `data-site="${other}"`)}`,
    );
    await rig.visit(page);
    await rig.until('the older one', () => rig.signups.length);
    await rig.settled();
    expect(rig.fields).toEqual([{ n: '2' }]);
    await rig.visit(url);
    await rig.until('that of the first site', () => rig.signups.length === 2);
    const sites = rig.collector.requests.map(({ body }) => [JSON.parse(body).site_id, body.includes('"n":"1"')]);
    expect(sites.filter(([, first]) => first).map(([id]) => id)).not.toContain(other);
  });

  test('without storage, and with storage that is full, events are kept in memory until they arrive', async () => {
    const body = {
      blocked: `<script>Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })</script>`,
      // As in a WebView of Android without DOM storage.
      absent: `<script>Object.defineProperty(window, 'localStorage', { value: null })</script>`,
      full: `<script>try { for (let size = 1 << 22; size; size >>= 1) for (let n = 0; ; n++) { try { localStorage['x' + size + n] = 'x'.repeat(size) } catch { break } } } catch {}</script>`,
    };
    for (const [how, script] of Object.entries(body)) {
      rig.collector.reset();
      const url = rig.page('', off());
      rig.site.serve(
        new URL(url).pathname,
        `<!doctype html><title>${how}</title>${TELL}${script}${tag('', `data-collector=${rig.collector.origin}`)}<form data-hub-signup=always onsubmit="return false"><input name=n value=2></form>`,
      );
      await rig.visit(url);
      rig.collector.mood = { status: 503 };
      await rig.tab.run(`void hub.signup({ n: 1 }).then((is) => tell('${how}', is.status))`);
      await rig.until(how, () => rig.told(how).length);
      rig.collector.mood = {};
      await rig.until('the sign-up', () => rig.signups.length);
      await rig.tab.run(`void document.forms[0].requestSubmit()`);
      await rig.until('that of the form', () => rig.signups.length === 2);
      expect(rig.fields, how).toEqual([{ n: '1' }, { n: '2' }]);
      expect(rig.views, how).toHaveLength(1);
    }
  });

  test('ten tabs at once, each with its own sign-ups while the collector is away: all arrive, each once', async () => {
    const url = rig.page('', off());
    await rig.visit(url);
    await rig.collector.stop();
    const tabs = await Promise.all(Array.from({ length: 9 }, () => rig.engine.open()));
    for (const tab of tabs) await tab.goto(url);
    for (const tab of tabs) await rig.ready(tab);
    await Promise.all(
      tabs.map((tab, n) => tab.run(`void [1, 2, 3].forEach((one) => hub.signup({ n: ${n} * 3 + one }))`)),
    );
    await rig.tab.run('void [28, 29, 30].forEach((n) => hub.signup({ n }))');
    await rig.collector.start();
    await rig.until('all thirty', () => rig.signups.length === 30, 30_000);
    for (const tab of tabs) await tab.close();
    await complete(new URL(url).origin, 30);
  });

  test('a burst of 200 KiB goes out in beacons below 64 KiB, and arrives', async () => {
    await rig.open('', off());
    await rig.tab.run(`void Array.from({ length: 100 }, (_, n) => hub.signup({ n: n + 1, text: 'é'.repeat(1000) }))`);
    await rig.until('a hundred', () => rig.signups.length === 100);
    rig.collector.mood = { status: 503 };
    await rig.tab.run(`void Array.from({ length: 100 }, (_, n) => hub.signup({ n: n + 101, text: 'é'.repeat(1000) }))`);
    await rig.until('a hundred refusals', () => rig.collector.requests.length >= 200);
    rig.collector.mood = {};
    await rig.until('the other hundred', () => rig.signups.length === 200, 30_000);
    expect(Math.max(...rig.collector.requests.map(({ body }) => Buffer.byteLength(body)))).toBeLessThan(65_536);
    expect(Math.max(...rig.collector.requests.map(({ events }) => events.length))).toBeLessThanOrEqual(50);
  });

  test('what another script left of the keepalive quota does not matter', async () => {
    rig.site.serve('/hang', 'late');
    await rig.open('', off());
    rig.collector.mood = ({ events }) => (events[0]?.fields?.big ? { delayMs: 3_000 } : {});
    await rig.tab.run(
      `void (fetch('${rig.collector.origin}/v1/events', { method: 'POST', keepalive: true, body: JSON.stringify({ events: [{ id: 'other', event: 'Other', fields: { big: 'x'.repeat(64000) } }] }) }), hub.signup({ n: 1, text: 'x'.repeat(4000) }))`,
    );
    await rig.until('the sign-up', () => rig.signups.length, 2_500);
  });

  test('what could not be sent goes out with the next online event', async () => {
    await rig.open('', off());
    await rig.collector.stop();
    await rig.tab.run(`void hub.signup({ n: 1 }).then((is) => tell('is', is.status))`);
    await rig.until('the answer', () => rig.told('is').length);
    await rig.collector.start();
    await rig.tab.run(`void dispatchEvent(new Event('online'))`);
    await rig.until('the sign-up', () => rig.signups.length, 1_500);
  });

  test('an event waits for none that is in flight', async () => {
    await rig.open('', off());
    rig.collector.mood = ({ events }) => (events[0]?.fields?.n === '1' ? { delayMs: 4_000 } : {});
    await rig.tab.run('void (hub.signup({ n: 1 }), hub.signup({ n: 2 }))');
    await rig.until('the second', () => rig.signups.some(({ fields }) => fields?.n === '2'), 2_000);
    expect(rig.signups).toHaveLength(1);
  });

  test('after seven days an event is given up', async () => {
    const url = await rig.open('', off());
    const old = Date.now() - 8 * 86_400e3;
    const id = '22222222-2222-4222-8222-222222222222';
    await rig.tab.run(`void (localStorage['hub:e${old}${id}'] = '{"id":"${id}","event":"SignUpSuccess","fields":{}}')`);
    await rig.visit(url);
    await rig.settled();
    expect(rig.signups).toEqual([]);
    await rig.until('clean storage', () => rig.tab.run(`Object.keys(localStorage).join() === 'hub:s'`));
  });
}
