// Backup and restore with the very commands of OPERATING.md, run by a shell in a folder that holds `.hubwire`.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DeliverySummary } from '../../worker/delivery.ts';
import { admin, booksOf, integrate, makeSite, newSignUp, pendingOf, post } from '../support/client.ts';
import { commandsIn } from '../support/commands.ts';
import { unpackKept } from '../support/kept-folder.ts';
import { type Launched, launch, NotReady } from '../support/launch.ts';
import { fails, Receiver, works } from '../support/receiver.ts';
import { until } from '../support/until.ts';

let home: string;
let receiver: Receiver;
let hubs: Launched[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hubwire-backup-'));
  for (const name of ['here', 'elsewhere', 'snapshot']) await mkdir(join(home, name));
  receiver = await new Receiver().start();
  hubs = [];
});
afterEach(async () => {
  for (const hub of hubs) await hub.stop();
  await receiver.stop();
  await rm(home, { recursive: true, force: true });
});

const folder = (at: string) => join(home, at, '.hubwire');
async function start(at: string): Promise<Launched> {
  const hub = await launch({ dataDir: folder(at), env: { DEMO: 'false' } });
  hubs.push(hub);
  return hub;
}
const run = (command: string, at: string) => execFileSync('sh', ['-ec', command], { cwd: join(home, at) });
const ofSection = (title: string) =>
  commandsIn('worker/OPERATING.md')
    .filter(({ section }) => section === title)
    .map(({ text }) => text)
    .filter((text) => text !== 'npm start');
const settled = (hub: Launched, siteId: string) =>
  until('everything to settle', async () => pendingOf(await booksOf(hub, siteId)) === 0);

test('a copy made while stopped, or a snapshot, and its key are all that is needed to go on elsewhere', async () => {
  const first = await start('here');
  const siteId = await makeSite(first);
  const { secret } = await integrate(first, siteId, receiver.url, { schedule_seconds: Array(10).fill(2) });
  await post(first.url, siteId, [newSignUp()]);
  await settled(first, siteId);
  receiver.mood = fails;
  const waiting = newSignUp();
  await post(first.url, siteId, [waiting]);
  await until('the failed attempt', () => receiver.ids.has(waiting.id));
  const listed = () => admin<{ data: DeliverySummary[] }>(first, 'GET', `/v1/sites/${siteId}/deliveries`);
  await until('the retry to be planned', async () => (await listed()).data[0]?.status === 'retrying');
  await first.stop();

  const [archive, ...rest] = ofSection('Backup');
  for (const command of [archive, ...rest]) run(command ?? '', 'here');
  const names = run('ls', 'here').toString().trim().split('\n');
  expect(run(`tar -tzf ${names.find((name) => name.endsWith('.tar.gz'))}`, 'here').toString()).not.toContain('secrets');
  for (const name of names) await cp(join(home, 'here', name), join(home, 'elsewhere', name));

  const [unpack, ...keyBack] = ofSection('Restore');
  run(unpack ?? '', 'elsewhere');
  const withoutKey = await launch({ dataDir: folder('elsewhere') }).catch((error) => error);
  expect(withoutKey).toBeInstanceOf(NotReady);
  expect(withoutKey.message).toContain(`${join(folder('elsewhere'), 'secrets-key')} is missing`);
  for (const command of keyBack) run(command, 'elsewhere');
  expect((await stat(join(folder('elsewhere'), 'secrets-key'))).mode & 0o077).toBe(0);

  receiver.mood = works;
  const second = await start('elsewhere');
  await settled(second, siteId);
  const books = await booksOf(second, siteId);
  expect([books.balanced, books.events.SignUpSuccess]).toEqual([true, 2]);
  expect(books.integrations[0]?.triggers[0]).toMatchObject({ matching: 2, succeeded: 2, failed: 0, skipped: 0 });
  // A slow machine may try again before it is stopped; what counts is that the copy goes on with the next attempt.
  const attempts = new Set(receiver.hooks.filter(({ id }) => id === waiting.id).map(({ attempt }) => attempt));
  expect(attempts.size).toBeGreaterThan(1);
  expect([...attempts]).toEqual([...attempts].map((_, i) => i + 1));
  receiver.verify(secret);

  // A snapshot of the file system, taken while it runs: to those who open it, as after a kill at that moment.
  for (let n = 0; n < 20; n++) await post(second.url, siteId, [newSignUp()]);
  await second.kill9('both');
  await cp(folder('elsewhere'), folder('snapshot'), { recursive: true });
  const third = await start('snapshot');
  await settled(third, siteId);
  const after = await booksOf(third, siteId);
  expect([after.balanced, after.events.SignUpSuccess]).toEqual([true, 22]);
  expect(receiver.ids.size).toBe(22);
}, 120_000);

test('where the key is lost for good, new secrets, headers and key pairs make an integration work again', async () => {
  const { site_id, integration_id } = unpackKept(join(home, 'here'));
  await rm(join(folder('here'), 'secrets-key'));
  const refused = await launch({ dataDir: folder('here') }).catch((error) => error);
  run(/make a new one with "(.*)"/.exec(refused.message)?.[1] ?? 'exit 1', 'here');
  const hub = await start('here');
  const site = `/v1/sites/${site_id}`;
  const headers = { 'x-api-key': 'entered again' };
  await admin(hub, 'PATCH', `${site}/integrations/${integration_id}`, { url: receiver.url, headers });
  await admin(hub, 'POST', `${site}/keys/rotate?overlap_seconds=0`);
  const path = `${site}/integrations/${integration_id}/rotate?overlap_seconds=0`;
  const { secret } = await admin<{ secret: string }>(hub, 'POST', path);
  await post(hub.url, site_id, [newSignUp()]);
  await settled(hub, site_id);
  receiver.verify(secret);
  expect(receiver.hooks.map((hook) => hook.headers['x-api-key'])).toEqual(['entered again']);
});
