// Makes the data folder that later versions must be able to open: run once for each release that changes what lies on
// the disk, `node test/docs/keep-folder.ts`, and commit what it leaves in folders/. Owns what such a folder holds: a
// site, an integration with a header, a profile, and delivered events. Assets and caches are left out: each start
// makes them anew.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admin, booksOf, integrate, newSignUp, pendingOf, post } from '../support/client.ts';
import { launch, root } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const folders = join(import.meta.dirname, 'folders');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const home = await mkdtemp(join(tmpdir(), 'hubwire-kept-'));
const receiver = await new Receiver().start();
const hub = await launch({ dataDir: join(home, '.hubwire'), env: { DEMO: 'false' } });
try {
  const { site_id } = await admin<{ site_id: string }>(hub, 'POST', '/v1/sites', {
    site_name: `Kept by ${version}`,
    origins: ['*'],
    settings: { retention_days: 365, asymmetric: true },
  });
  const { integration_id, secret } = await integrate(hub, site_id, receiver.url, { headers: { 'x-api-key': 'kept' } });
  const user_profile_id = crypto.randomUUID();
  const events = Array.from({ length: 3 }, () => newSignUp({ user_profile_id, attributes: { plan: 'gold' } }));
  for (const event of events) await post(hub.url, site_id, [event]);
  await until('the deliveries', async () => receiver.ids.size === 3 && pendingOf(await booksOf(hub, site_id)) === 0);
  await hub.stop();
  await mkdir(folders, { recursive: true });
  const left = ['assets', 'state/cache', 'state/tmp'].map((name) => `--exclude=.hubwire/${name}`);
  execFileSync('tar', ['-czf', join(folders, `${version}.tar.gz`), '-C', home, ...left, '.hubwire']);
  const about = { site_id, integration_id, secret, user_profile_id, sign_ups: events.length };
  await writeFile(join(folders, `${version}.json`), `${JSON.stringify(about, null, 2)}\n`);
  console.log(`Kept as ${folders}/${version}.tar.gz and .json.`);
} finally {
  await hub.stop();
  await receiver.stop();
  await rm(home, { recursive: true, force: true });
}
