// Installs the browsers that the tests drive, where they are missing. Owns which Debian packages those are;
// plain JavaScript for Node 20, because it runs before anything else is there.
// On other systems, or without the right to install, it says what to install and by which command.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where Debian puts what the tests start, and the package that brings it. */
export const BROWSERS = {
  chromium: { package: 'chromium', path: '/usr/lib/chromium/chromium' },
  firefox: { package: 'firefox-esr', path: '/usr/bin/firefox-esr' },
  webkit: { package: 'webkit2gtk-driver', path: '/usr/bin/WebKitWebDriver' },
  display: { package: 'xvfb', path: '/usr/bin/Xvfb' },
};

const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Returns when every browser is there; otherwise throws a sentence that says what to do. */
export async function ensureBrowsers() {
  const missing = Object.values(BROWSERS)
    .filter(({ path }) => !existsSync(path))
    .map((browser) => browser.package);
  if (missing.length === 0) return;
  const packages = [...missing, 'fonts-dejavu-core'];
  const advice = `apt-get install --no-install-recommends ${packages.join(' ')}`;
  if (!runs('apt-get', '--version'))
    throw new Error(`The tests drive browsers that are missing here. On Debian: ${advice}`);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && !runs('sudo', '-n', 'true'))
    throw new Error(`Browsers for the tests are missing, and may be installed by root only: ${advice}`);
  console.log(`Installing ${packages.join(', ')} (about 220 MB, a minute or two) …`);
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    execFileSync(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...packages);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBrowsers();
    console.log('All browsers are there.');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
