// `npm start`: the one door a newcomer walks through, on whatever Node the machine has.
// Owns the check of that Node, and handing over to launcher.ts on the Node that package.json pins.
// Leaves installing to install.mjs and everything that runs to launcher.ts.
// Trade-off: one small process stays in front of the launcher. In return the system's Node may be older, and when this
// process or npm is killed outright, the launcher notices the closed channel and ends itself instead of lingering.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const PARENT_CHECK_MS = 200;

/** Starts the launcher and ends as it ends. */
async function start() {
  // Loaded late: an old Node must reach the sentence below, not a syntax error.
  const { install, root } = await import('./install.mjs');
  const node = await install();
  const launcher = fileURLToPath(new URL('./launcher.ts', import.meta.url));
  const child = spawn(node, [launcher], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  child.on('error', (error) => fail(`The launcher did not start: ${error.message}`));
  child.on('exit', (code) => process.exit(code ?? 1));
  // A terminal sends Ctrl-C to both processes; a supervisor signals only this one. The launcher takes a repeat calmly.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => child.connected && child.send(signal));
  }
  if (process.env.npm_lifecycle_event !== undefined) {
    const before = ancestors();
    setInterval(() => ancestors() !== before && child.connected && child.disconnect(), PARENT_CHECK_MS).unref();
  }
}

/**
 * Under npm, the shell that it started and npm itself: once one of them is gone, nobody is left who could press Ctrl-C.
 * npm is seen on Linux alone; Windows tells nothing.
 */
function ancestors() {
  try {
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2]}`;
  } catch {
    return String(process.ppid);
  }
}

/** @param {string} sentence */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  fail(
    `hubwire needs Node ${NODE_MAJOR_MIN} or newer, and this is Node ${process.versions.node}.\n` +
      'Get a newer one from https://nodejs.org or your package manager, then run npm start again.',
  );
} else {
  start().catch((error) => fail(error instanceof Error ? error.message : String(error)));
}
