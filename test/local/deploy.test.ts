import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { workersOf } from '../../worker/local/bindings.ts';
import { node, root } from '../support/launch.ts';

const run = promisify(execFile);
const readConfig = (): Deployed => unstable_readConfig({ config: join(root, 'wrangler.toml') });
let outdir: string;

/** What we look at of wrangler's own reading of its file. */
type Deployed = {
  compatibility_date?: string;
  compatibility_flags: string[];
  durable_objects: { bindings: { name: string }[] };
  kv_namespaces: { binding: string }[];
  ratelimits: { name: string }[];
  vars: Record<string, unknown>;
  assets?: { binding?: string };
  migrations: { new_sqlite_classes?: string[] }[];
};

beforeEach(async () => {
  outdir = await mkdtemp(join(tmpdir(), 'hubwire-deploy-'));
});
afterEach(() => rm(outdir, { recursive: true, force: true }));

describe('wrangler.toml', () => {
  test('deploys as it is', async () => {
    const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
    const { stdout } = await run(node, [wrangler, 'deploy', '--dry-run', '--outdir', outdir], {
      cwd: root,
      // Without the account of whoever runs this.
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_API_TOKEN: '', CI: 'true', NO_COLOR: '1' },
    });
    for (const binding of ['JOURNAL (Journal)', 'LANE (Lane)', 'DIRECTORY (Directory)', 'HUB_KV', 'RATE_LIMITER']) {
      expect(stdout).toContain(`env.${binding}`);
    }
    expect(stdout).toContain('env.ASSETS');
    const bundle = await readFile(join(outdir, 'index.js'), 'utf8');
    expect(bundle).toContain('class');
    // Pages are JSX of hono's: wrangler has to compile them as tsc and `npm start` do.
    expect(bundle).toContain('hono/dist/jsx');
    expect(bundle).not.toContain('React.createElement');
    // Of zod only what is used: `import { z }` would bring its forty languages along, half of the bundle.
    expect(bundle).toContain('zod/v4/locales/en');
    expect(bundle).not.toContain('zod/v4/locales/fr');
    expect(stdout).not.toContain('WARNING');
  });

  test('says the same as npm start about bindings, objects, date and flags', () => {
    const deployed = readConfig();
    const [local] = workersOf({
      host: '127.0.0.1',
      port: 0,
      script: '',
      assetsDir: '',
      version: '',
      adminToken: '',
      secretsKey: '',
      allowLoopback: true,
      rateLimitPer10s: 100,
    }).map((worker) => worker.config);
    expect(deployed.compatibility_date).toBe(local?.compatibilityDate);
    expect(deployed.compatibility_flags).toEqual(local?.compatibilityFlags);
    const names = [
      ...deployed.durable_objects.bindings.map((object) => object.name),
      ...deployed.kv_namespaces.map((namespace) => namespace.binding),
      ...deployed.ratelimits.map((limiter) => limiter.name),
      ...Object.keys(deployed.vars),
      deployed.assets?.binding,
      // Set with `wrangler secret put`; the rest is there under npm start alone.
      'ADMIN_TOKEN',
      'SECRETS_KEY',
      'ALLOW_PRIVATE_ENDPOINTS',
      'CLIENT_ADDRESS',
      'EGRESS',
      'LOCAL',
    ];
    expect(names.sort()).toEqual(Object.keys(local?.env ?? {}).sort());
    const objects = deployed.migrations.flatMap((migration) => migration.new_sqlite_classes ?? []);
    expect(objects.sort()).toEqual(Object.keys(local?.exports ?? {}).sort());
  });

  test('names the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    const deployed = readConfig();
    expect(deployed.vars.VERSION).toBe(version);
  });
});
