// After an erasure and the end of hubwire, no file of the data folder holds anything of the person: not the tables, not
// what SQLite leaves in free pages and in its write-ahead log, not the blobs of KV.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { OutcomeRecord } from '../../worker/outcomes.ts';
import { admin, booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { fails, Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const env = { DEMO: 'false' };
const receiver = new Receiver();
let hub: Launched | undefined;
let dataDir = '';

afterAll(async () => {
  await hub?.stop();
  await receiver.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Files of the folder that hold one of the texts, each with what it holds. */
async function holding(texts: readonly string[]): Promise<string[]> {
  const files = await readdir(dataDir, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    files
      .filter((file) => file.isFile())
      .map(async ({ parentPath, name }) => {
        const bytes = await readFile(join(parentPath, name));
        return texts.filter((text) => bytes.includes(text)).map((text) => `${name}: ${text}`);
      }),
  );
  return found.flat();
}

test.each(['ends', 'is killed and started again'])('what was erased is in no file once hubwire %s', async (ending) => {
  dataDir = await mkdtemp(join(tmpdir(), 'hubwire-erasure-'));
  await receiver.start();
  hub = await launch({ dataDir, env });
  const running = hub;
  const siteId = await makeSite(hub, { shards: 2 });
  const ann = { user_session_id: crypto.randomUUID(), user_profile_id: crypto.randomUUID() };
  const mark = `ann-${crypto.randomUUID()}`;
  const anns = (i: number) =>
    newSignUp({
      ...ann,
      fields: { email: `${mark}@example.com`, n: String(i) },
      attributes: { city: `${mark}-city-${i}` },
    });
  const bob = newSignUp({ fields: { email: 'bob@example.com' } });
  let down = true;
  // Some are retried, so that rows of retries come and go before the erasure.
  receiver.mood = (hook, response) => {
    if (hook.text.includes(mark)) response.setHeader('x-echo', mark);
    (down && hook.attempt === 1 ? fails : works)(hook, response);
  };
  await integrate(hub, siteId, receiver.url, { schedule_seconds: [1], triggers: ['SignUpSuccess', 'WebhookSuccess'] });
  for (let i = 0; i < 8; i++) await post(hub.url, siteId, [anns(i)]);
  await post(hub.url, siteId, [bob]);
  const delivered = async () => {
    const books = await booksOf(running, siteId);
    return books.events.WebhookSuccess === 9 && pendingOf(books) === 0;
  };
  await until('all to be delivered', delivered, 30_000);
  const outcomes = async () =>
    (await admin<{ data: OutcomeRecord[] }>(running, 'GET', `/v1/sites/${siteId}/outcomes?limit=200`)).data;
  await until('the outcomes to be in KV', async () => (await outcomes()).length === 9);
  const traces = [mark, ann.user_session_id, ann.user_profile_id];
  expect(new Set((await holding(traces)).map((line) => line.split(': ')[1]))).toEqual(new Set(traces));

  down = false;
  const erased = await admin(hub, 'DELETE', `/v1/sites/${siteId}/people/${ann.user_profile_id}`);
  expect(erased).toEqual({ events: 16, deliveries: 16, attributes: 1, complete: true });
  await until('KV to follow', async () => !JSON.stringify(await outcomes()).includes(mark));
  expect(await booksOf(hub, siteId)).toMatchObject({ balanced: true, events: { SignUpSuccess: 9, WebhookSuccess: 9 } });
  if (ending !== 'ends') {
    await hub.kill9('both');
    hub = await launch({ dataDir, env });
  }
  expect(await booksOf(hub, siteId)).toMatchObject({ balanced: true, mismatches: [] });
  expect(await hub.stop()).toBe(0);
  hub = undefined;
  expect(await holding(traces)).toEqual([]);
  expect(await holding(['bob@example.com'])).not.toEqual([]);
  await rm(dataDir, { recursive: true, force: true });
});
