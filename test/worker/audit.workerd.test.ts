// The books are proven from the logs: whoever changes a row, or a counter, is found out, and the alarm says where.
import { expect, test, vi } from 'vitest';
import {
  books,
  event,
  integrate,
  journal,
  lane,
  makeSite,
  receiver,
  send,
  settled,
} from '../support/collector.workerd.ts';
import { HOUR_MS, pass, rowsOf } from '../support/rows.workerd.ts';
import { die, standAtNoon } from '../support/time.workerd.ts';

standAtNoon();

async function siteWithThree() {
  receiver();
  const { siteId } = await makeSite();
  const { id } = await integrate(siteId, { triggers: ['SignUpSuccess', 'WebhookSuccess'] });
  for (let i = 0; i < 3; i++) await send(siteId, event());
  await settled(siteId);
  await vi.waitFor(async () => expect((await books(siteId)).events.WebhookSuccess).toBe(3));
  await settled(siteId);
  return { siteId, id };
}
const cries = () => vi.spyOn(console, 'error').mockImplementation(() => {});

test('untouched logs agree with their counters, also after a restart, a change of followers and no events at all', async () => {
  const cry = cries();
  const { siteId, id } = await siteWithThree();
  await integrate(siteId, { name: 'Late' });
  for (const stub of [journal(siteId), lane(id)]) await die(stub);
  expect(await books(siteId)).toMatchObject({ balanced: true, mismatches: [] });
  const empty = await makeSite();
  expect(await books(empty.siteId)).toMatchObject({ balanced: true, mismatches: [] });
  expect(cry).not.toHaveBeenCalled();
});

test.each([
  [
    'an event taken out of a segment',
    "UPDATE segments SET events = '[]' WHERE events LIKE '%SignUpSuccess%' AND first = 2",
  ],
  [
    'an event renamed',
    'UPDATE segments SET events = replace(events, \'"event":"SignUpSuccess"\', \'"event":"SiteViewed"\') WHERE first = 2',
  ],
  ['a segment removed', 'DELETE FROM segments WHERE first = 3'],
  ['a counter raised', 'UPDATE segments SET totals = replace(totals, \'"SignUpSuccess":2\', \'"SignUpSuccess":7\')'],
  ['what cannot be read', "UPDATE segments SET totals = '{' WHERE first = 2"],
])(
  '%s: the journal disagrees, the alarm names the place and no content, and the answer keeps it',
  async (_, tamper) => {
    const { siteId } = await siteWithThree();
    const cry = cries();
    expect((await books(siteId)).balanced).toBe(true);
    await rowsOf(journal(siteId), tamper);
    const after = await books(siteId);
    expect(after.balanced).toBe(false);
    expect(after.mismatches).toContainEqual(
      expect.objectContaining({ part: `journal ${siteId}:0`, found_at: expect.stringMatching(/^2126-06-01T12:00:/) }),
    );
    expect(cry).toHaveBeenCalled();
    const words = cry.mock.calls.flat().join('\n');
    expect(words).toContain(`the books of journal ${siteId}:0 do not agree with its log`);
    expect(words).not.toContain('joe@bloggs.com');
    const count = cry.mock.calls.length;
    expect((await books(siteId)).mismatches).toEqual(after.mismatches);
    expect(cry).toHaveBeenCalledTimes(count);
  },
);

test.each([
  ['a settled delivery taken out', "UPDATE log SET settled = '[]' WHERE seq = 1"],
  [
    'a failure made of a success',
    'UPDATE log SET settled = replace(settled, \'"status":"succeeded"\', \'"status":"failed"\') WHERE seq = 1',
  ],
  ['a row removed', 'DELETE FROM log WHERE seq = 1'],
])('%s: the lane disagrees', async (_, tamper) => {
  const { siteId, id } = await siteWithThree();
  const cry = cries();
  await rowsOf(lane(id), tamper);
  const after = await books(siteId);
  expect(after.balanced).toBe(false);
  expect(after.mismatches).toContainEqual(expect.objectContaining({ part: `lane ${id}:0` }));
  expect(cry).toHaveBeenCalled();
});

test('the hourly self-check finds it without being asked, moves its mark on, and rests when nothing changes', async () => {
  const { siteId, id } = await siteWithThree();
  const cry = cries();
  for (const stub of [journal(siteId), lane(id)]) await pass(stub, HOUR_MS);
  expect(cry).not.toHaveBeenCalled();
  const [mark] = await rowsOf<{ value: string }>(journal(siteId), "SELECT value FROM marks WHERE name = 'proven'");
  const [head] = await rowsOf<{ first: number }>(journal(siteId), 'SELECT MAX(first) AS first FROM segments');
  expect(Number(mark?.value)).toBe(head?.first);
  expect(await rowsOf(journal(siteId), "SELECT * FROM agenda WHERE duty = 'check'")).toEqual([]);

  await rowsOf(journal(siteId), "UPDATE segments SET events = '[]' WHERE first = 2");
  await send(siteId, event());
  await pass(journal(siteId), HOUR_MS);
  expect(cry.mock.calls.flat().join('\n')).toContain(`journal ${siteId}:0`);
  expect((await books(siteId)).balanced).toBe(false);
});
