// Guessing the admin token, with the clock moved: it is limited, for a while, and stops no right link. And by what an
// address is known, on which all counting rests. How the sign-in page says it is test/dashboard/sign-in.
// Comparison in constant time rests on node's timingSafeEqual over digests (worker/sign.ts); no clock here could tell.
import { runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { Access } from '../../worker/access.ts';
import { directoryOf } from '../../worker/bindings.ts';
import { clientAddress } from '../../worker/client-address.ts';
import { DAY_MS, SIGN_IN_CODE_MS, SIGN_IN_FAILURES_MAX, SIGN_IN_WINDOW_MS } from '../../worker/limits.ts';
import { admin } from '../support/collector.workerd.ts';
import { rowsOf } from '../support/rows.workerd.ts';
import { NOON, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

const TOKEN = 'the right admin token';
const SITE = crypto.randomUUID();
const ATTACKER = '192.0.2.66';

/** On the Directory's own disk; its door by RPC, `directory.access`, opens in the runtime that ships alone. */
const atTheDoor = (run: (access: Access) => Promise<void>) =>
  runInDurableObject(directoryOf(env) as unknown as DurableObjectStub, (_, { storage }) =>
    run(new Access(storage, TOKEN, () => true)),
  );
const guess = async (access: Access, times: number, client = ATTACKER) => {
  let last = '';
  for (let i = 0; i < times; i++) {
    const answer = await access.signIn(`guess ${i}`, client);
    last = answer.ok ? 'in' : answer.reason;
  }
  return last;
};
const secretIn = (path: string) => path.split('=')[1] ?? '';

describe('guessing the admin token', () => {
  test('ends after ten wrong ones, also for a right one, and for this address alone', () =>
    atTheDoor(async (access) => {
      expect(await guess(access, SIGN_IN_FAILURES_MAX)).toBe('wrong');
      expect(await guess(access, 1)).toBe('too_many');
      expect(await access.signIn(TOKEN, ATTACKER)).toEqual({ ok: false, reason: 'too_many' });
      expect(await access.signIn(TOKEN, '192.0.2.1')).toEqual({ ok: true, value: true });
    }));

  test('locks nobody out for ever: after the window the token is taken, however long the guessing went on', () =>
    atTheDoor(async (access) => {
      for (let minute = 0; minute < 15; minute++) {
        await guess(access, SIGN_IN_FAILURES_MAX);
        vi.setSystemTime(Date.now() + SIGN_IN_WINDOW_MS / 15);
      }
      expect(await access.signIn(TOKEN, ATTACKER)).toEqual({ ok: true, value: true });
    }));

  test('does not stop a link that is right: the owner comes in by a new one, and readers by theirs', () =>
    atTheDoor(async (access) => {
      const { path } = await access.createSignInLink();
      const view = await access.createViewLink(SITE, { name: 'Ann', expires_in_days: 1 });
      await guess(access, SIGN_IN_FAILURES_MAX + 1);
      expect(await access.useSignInCode(secretIn(path), ATTACKER)).toEqual({ ok: true, value: true });
      expect(await access.useSignInCode(secretIn(path), ATTACKER)).toEqual({ ok: false, reason: 'too_many' });
      expect(await access.openViewLink(secretIn(view.ok ? view.value.path : ''), ATTACKER)).toMatchObject({ ok: true });
      expect(await access.openViewLink('guessed', ATTACKER)).toEqual({ ok: false, reason: 'too_many' });
    }));

  test('finds no link whose time is over, though it was right', () =>
    atTheDoor(async (access) => {
      const [used, late] = [await access.createSignInLink(), await access.createSignInLink()];
      const view = await access.createViewLink(SITE, { name: 'Ann', expires_in_days: 1 });
      const { path, link_id } = view.ok ? view.value : expect.fail('no link was made');
      vi.setSystemTime(NOON + SIGN_IN_CODE_MS - 1);
      expect(await access.useSignInCode(secretIn(used.path), ATTACKER)).toMatchObject({ ok: true });
      vi.setSystemTime(NOON + SIGN_IN_CODE_MS);
      expect(await access.useSignInCode(secretIn(late.path), ATTACKER)).toMatchObject({ ok: false });
      expect([await access.isViewLinkAlive(link_id), await access.openViewLink(secretIn(path), ATTACKER)]).toEqual([
        true,
        expect.objectContaining({ ok: true }),
      ]);
      vi.setSystemTime(NOON + DAY_MS);
      expect([await access.isViewLinkAlive(link_id), await access.openViewLink(secretIn(path), ATTACKER)]).toEqual([
        false,
        expect.objectContaining({ ok: false }),
      ]);
    }));

  test('at the admin API finds nothing, leaves nothing behind, and never locks the owner’s programs out', async () => {
    const guessed = (token: string) =>
      exports.default.fetch('https://hub.test/v1/sites', {
        headers: { authorization: `Bearer ${token}`, 'cf-connecting-ip': ATTACKER },
      });
    const failures = () => rowsOf(directoryOf(env), 'SELECT * FROM sign_in_failures');
    const before = await failures();
    for (const token of ['', 'test', 'test-toke', 'test-token2', 'TEST-TOKEN', ...Array(SIGN_IN_FAILURES_MAX).keys()])
      expect((await guessed(String(token))).status, `"${token}"`).toBe(401);
    expect(await failures()).toEqual(before);
    expect((await admin('GET', '/v1/sites')).status).toBe(200);
    expect((await guessed('test-token')).status, 'the right one, from where the guesses came').toBe(200);
  });

  test('from a thousand addresses leaves no more behind than one window of them', async () => {
    await atTheDoor(async (access) => {
      for (let i = 0; i < 1_000; i++) await guess(access, 1, `192.0.2.${i}`);
      vi.setSystemTime(Date.now() + SIGN_IN_WINDOW_MS);
      await guess(access, 1);
    });
    expect(await rowsOf(directoryOf(env), 'SELECT * FROM sign_in_failures')).toHaveLength(1);
  });
});

describe('who asks', () => {
  const of = (address: string | null, more = {}) =>
    clientAddress(new Headers(address === null ? {} : { 'cf-connecting-ip': address }), more);

  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::1'],
    ['2001:DB8:0001:2::1', '2001:db8:1:2::'],
    ['2001:db8::1', '2001:db8:0:0:1::'],
    ['::1', '0:0:0:0:9:9:9:9'],
  ])('%s and %s are one network of one customer, and count as one', (one, other) => {
    expect(of(one)).toBe(of(other));
  });

  test.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['2001:db8::1', '2001:db8:1::1'],
  ])('%s and %s count apart', (one, other) => {
    expect(of(one)).not.toBe(of(other));
  });

  test('is not believed where the header could be anybody’s', () => {
    expect(of('192.0.2.1', { CLIENT_ADDRESS: 'unknown' })).toBe(of(null));
  });
});
