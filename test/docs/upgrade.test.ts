// The data folder of another version: an older one is opened and goes on, a newer one is left alone.
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { admin, booksOf, newSignUp, pendingOf, post } from '../support/client.ts';
import { KEPT, unpackKept } from '../support/kept-folder.ts';
import { type Launched, launch, NotReady, root } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let home: string;
let dataDir: string;
let hub: Launched | undefined;
let receiver: Receiver | undefined;
const note = () => join(dataDir, 'format.json');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hubwire-upgrade-'));
  dataDir = join(home, '.hubwire');
});
afterEach(async () => {
  await hub?.stop();
  await receiver?.stop();
  hub = receiver = undefined;
  await rm(home, { recursive: true, force: true });
});

const refusal = async (): Promise<string> => {
  const error = await launch({ dataDir, env: { DEMO: 'false' } }).catch((error) => error);
  if (!(error instanceof NotReady)) throw new Error('the start was expected to be refused');
  return error.message;
};

test.each(KEPT)('a folder of %s opens with its site, books, profile and secret, and goes on', async (former) => {
  const { site_id, integration_id, secret, user_profile_id, sign_ups } = unpackKept(home, former);
  receiver = await new Receiver().start();
  const at = await launch({ dataDir, env: { DEMO: 'false' } });
  hub = at;
  const integration = `/v1/sites/${site_id}/integrations/${integration_id}`;
  expect((await admin<{ site_name: string }>(at, 'GET', `/v1/sites/${site_id}`)).site_name).toBe(`Kept by ${former}`);
  await admin(at, 'PATCH', integration, { url: receiver.url });
  await post(at.url, site_id, [newSignUp({ user_profile_id })]);
  await until('the delivery', () => receiver?.hooks.length === 1);
  receiver.verify(secret);
  expect(receiver.hooks[0]?.body.plan).toBe('gold');
  expect(receiver.hooks[0]?.headers['x-api-key']).toBe('kept');
  await until('its settling', async () => pendingOf(await booksOf(at, site_id)) === 0);
  const books = await booksOf(at, site_id);
  expect([books.balanced, books.events.SignUpSuccess]).toEqual([true, sign_ups + 1]);
  expect(JSON.parse(await readFile(note(), 'utf8'))).toEqual({ format: 1, hubwire: version });
  const named = readFileSync(join(root, 'worker/STORAGE.md'), 'utf8');
  expect(readdirSync(dataDir).filter((name) => !new RegExp(`\`${name}/?\``).test(named))).toEqual([]);
});

test('a folder of a newer format is refused in words, and nothing in it is changed', async () => {
  unpackKept(home);
  const newer = '{"format":2,"hubwire":"3.1.0"}\n';
  await writeFile(note(), newer);
  const before = contents();
  const said = await refusal();
  expect(said).toContain(`${dataDir} was written by hubwire 3.1.0, in a format that hubwire ${version} does not know`);
  expect(said).toContain('Nothing was changed.');
  expect(contents()).toEqual(before);
});

test('a note that cannot be read stops the start, in words, and is not overwritten', async () => {
  unpackKept(home);
  await writeFile(note(), '{"half');
  expect(await refusal()).toContain(`${note()} cannot be read.`);
  expect(await readFile(note(), 'utf8')).toBe('{"half');
});

/** Every file but the lock, with its bytes. */
const contents = () =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.startsWith('lock'))
    .map((file) => join(file.parentPath, file.name))
    .sort()
    .map((file) => [file, readFileSync(file).toString('base64')]);
