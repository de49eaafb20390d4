// Brings node_modules to what package-lock.json says, and only when it is not there yet.
// Owns that comparison, `npm ci` with visible progress, and finding the pinned Node afterwards.
// Leaves browsers to test/support and what is run with that Node to start.mjs and test/run.mjs.
// Trade-off: npm's own record of the installation is trusted; a file changed by hand inside a package goes unnoticed.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** How often the count of packages moves: each second on a terminal, less often where each step is a new line. */
const PROGRESS_MS = 1_000;
const PROGRESS_LINES_MS = 5_000;
/** The first release that runs .ts files and has the SQLite that lock.ts needs. */
const NODE_MAJOR_PINNED = 24;
/** Enough of npm's words to see why it failed. */
const NPM_OUTPUT_CHARS_MAX = 20_000;

/**
 * Installs what is missing and gives the path of the pinned Node.
 * @returns {Promise<string>}
 */
export async function install() {
  await installIn(root);
  return pinnedNode();
}

/** Brings the node_modules of a folder to what its package-lock.json says. @param {string} folder */
export async function installIn(folder) {
  const wanted = packagesOf(join(folder, 'package-lock.json'));
  if (wanted === undefined) throw new Error(`package-lock.json is missing in ${folder}: clone the repository anew.`);
  if (!isInstalled(folder, wanted)) await npmCi(folder, wanted);
}

/** @param {string} file @returns {Record<string, {version?: string, optional?: boolean}> | undefined} */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** npm keeps what it installed in a hidden lock file. @param {string} folder @param {Record<string, {version?: string, optional?: boolean}>} wanted */
function isInstalled(folder, wanted) {
  const present = packagesOf(join(folder, 'node_modules', '.package-lock.json'));
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    // Optional ones are for other platforms, where they are absent.
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

/** @param {string} folder @param {Record<string, {optional?: boolean}>} wanted @returns {Promise<void>} */
function npmCi(folder, wanted) {
  const paths = Object.keys(wanted).filter((path) => path !== '' && !wanted[path]?.optional);
  const from = Date.now();
  console.log(`Installing ${paths.length} packages (only the first time, and after an update) …`);
  const timer = setInterval(
    () => {
      const there = paths.filter((path) => existsSync(join(folder, path, 'package.json'))).length;
      const now = there < paths.length ? `${there} of ${paths.length} unpacked` : 'all unpacked, setting up';
      const line = `  ${now}, ${seconds(from)}`;
      process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    },
    process.stdout.isTTY ? PROGRESS_MS : PROGRESS_LINES_MS,
  );
  return new Promise((resolve, reject) => {
    const [command, args] = npmCommand(['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    const child = spawn(command, args, {
      cwd: folder,
      env: { ...process.env, PATH: pathWithoutOurBin() },
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-NPM_OUTPUT_CHARS_MAX);
      });
    }
    const end = () => {
      clearInterval(timer);
      if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
    };
    child.on('error', (error) => {
      end();
      reject(new Error(`npm could not be run (${error.message}). Install npm, then try again.`));
    });
    child.on('exit', (code) => {
      end();
      if (code !== 0) {
        const advice = 'npm ci failed (its words are above). Check the network and the npm registry, then try again.';
        reject(new Error(`${output}\n${advice}`));
      } else {
        console.log(`Installed in ${seconds(from)}.`);
        resolve();
      }
    });
  });
}

/** The npm that runs us, with the Node that runs it; else the one on the path. @param {string[]} args @returns {[string, string[]]} */
function npmCommand(args) {
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  return cli?.endsWith('.js') && node ? [node, [cli, ...args]] : ['npm', args];
}

/** `npm run` puts our node_modules/.bin first, and with it a Node that `npm ci` is about to delete. */
function pathWithoutOurBin() {
  const bin = join(root, 'node_modules', '.bin');
  const parts = (process.env.PATH ?? '').split(delimiter);
  return parts.filter((part) => part !== bin).join(delimiter);
}

function pinnedNode() {
  const node =
    process.platform === 'win32'
      ? join(root, 'node_modules', 'node', 'bin', 'node.exe')
      : join(root, 'node_modules', '.bin', 'node');
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
  if (Number(version.slice(1).split('.')[0]) >= NODE_MAJOR_PINNED) return node;
  throw new Error(
    `The pinned Node ${NODE_MAJOR_PINNED} is not in node_modules: npm did not run the install script of the package \`node\`.\n` +
      'Allow install scripts (no --ignore-scripts, no ignore-scripts=true in .npmrc), delete node_modules and try again.',
  );
}

/** @param {number} from */
function seconds(from) {
  return `${((Date.now() - from) / 1_000).toFixed(1)} s`;
}
