import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { node, root } from '../support/launch.ts';

/** A clone with only what installing needs, and an npm that writes down that it was called. */
let clone: string;

beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), 'hubwire-clone-'));
  await mkdir(join(clone, 'worker', 'local'), { recursive: true });
  for (const file of ['start.mjs', 'install.mjs']) {
    await cp(join(root, 'worker', 'local', file), join(clone, 'worker', 'local', file));
  }
  await writeFile(join(clone, 'worker', 'local', 'launcher.ts'), 'console.log("launched:", process.version);');
  await lock('1.0.0');
  await writeFile(
    join(clone, 'npm.js'),
    `const fs = require('node:fs');
     fs.appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
     if (process.env.NPM_FAILS) { console.error('npm error network'); process.exit(1); }
     fs.mkdirSync('node_modules/.bin', { recursive: true });
     fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
     if (!fs.existsSync('node_modules/.bin/node')) fs.symlinkSync(${JSON.stringify(node)}, 'node_modules/.bin/node');`,
  );
});
afterEach(() => rm(clone, { recursive: true, force: true }));

const lock = (version: string) =>
  writeFile(
    join(clone, 'package-lock.json'),
    JSON.stringify({
      packages: { '': {}, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true } },
    }),
  );
const calls = () => readFile(join(clone, 'calls'), 'utf8').catch(() => '');

function start(env: NodeJS.ProcessEnv = {}, args: string[] = []): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const file = join(clone, 'worker', 'local', 'start.mjs');
    const options = {
      env: { ...process.env, npm_execpath: join(clone, 'npm.js'), npm_node_execpath: node, ...env },
    };
    const child = execFile(node, [...args, file], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

describe('npm start', () => {
  test('installs in a fresh clone and then runs on the pinned Node', async () => {
    const { output, code } = await start();
    expect(await calls()).toMatch(/^ci .*\n$/);
    expect(output).toContain('Installing 1 packages');
    expect(output).toContain('launched: v24');
    expect(code).toBe(0);
  });

  test('installs nothing a second time, and again when the lock file has moved on', async () => {
    await start();
    await start();
    expect((await calls()).split('\n')).toHaveLength(2);
    await lock('1.0.1');
    await start();
    expect((await calls()).split('\n')).toHaveLength(3);
  });

  test('shows what npm said when it fails, and what to do', async () => {
    const { output, code } = await start({ NPM_FAILS: '1' });
    expect(code).toBe(1);
    expect(output).toContain('npm error network');
    expect(output).toContain('Check the network and the npm registry, then try again.');
    expect(output).not.toContain('launched');
  });

  test('says what is amiss when install scripts were not allowed to run', async () => {
    await mkdir(join(clone, 'node_modules', '.bin'), { recursive: true });
    await cp(join(clone, 'package-lock.json'), join(clone, 'node_modules', '.package-lock.json'));
    const { output, code } = await start();
    expect(code).toBe(1);
    expect(output).toContain('Allow install scripts');
  });

  test('tells an older Node which one is needed', async () => {
    const old = `data:text/javascript,${encodeURIComponent(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.19.0' } })",
    )}`;
    const { output, code } = await start({}, ['--import', old]);
    expect(code).toBe(1);
    expect(output).toContain('hubwire needs Node 20 or newer, and this is Node 18.19.0.');
    expect(await calls()).toBe('');
  });

  test('ends with the code of the launcher', async () => {
    await writeFile(join(clone, 'worker', 'local', 'launcher.ts'), 'process.exit(3);');
    await mkdir(join(clone, 'node_modules', '.bin'), { recursive: true });
    await symlink(node, join(clone, 'node_modules', '.bin', 'node'));
    await cp(join(clone, 'package-lock.json'), join(clone, 'node_modules', '.package-lock.json'));
    expect((await start()).code).toBe(3);
  });
});
