// Installs Debian packages that a test or a benchmark needs and that are missing. Owns apt-get and the right to use it;
// plain JavaScript for Node 20, because it runs before anything else is there.
// On other systems, or without the right to install, it says what to install and by which command.
import { execFileSync, spawnSync } from 'node:child_process';

const runs = (command, ...args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * Returns when the packages are there; otherwise throws a sentence that says what to do.
 * @param {string[]} missing the packages' names
 * @param {string} purpose begins that sentence: "The tests drive browsers"
 * @param {string} weight "about 220 MB, a minute or two"
 */
export function installDebian(missing, purpose, weight) {
  if (missing.length === 0) return;
  const advice = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!runs('apt-get', '--version')) throw new Error(`${purpose} that are missing here. On Debian: ${advice}`);
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
  if (asRoot.length > 0 && !runs('sudo', '-n', 'true'))
    throw new Error(`${purpose} that are missing here and may be installed by root only: ${advice}`);
  console.log(`Installing ${missing.join(', ')} (${weight}) …`);
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...args];
    execFileSync(command, rest, { stdio: ['ignore', 'inherit', 'inherit'] });
  };
  apt('update');
  apt('install', '-y', '--no-install-recommends', ...missing);
}
