// `npm start`: the one door a newcomer walks through, on whatever Node the machine has.
// Owns the check of that Node, and handing over to launcher.ts on the Node that package.json pins.
// Leaves installing to install.mjs and everything that runs to launcher.ts.
// Trade-off: one small process stays in front of the launcher. In return the system's Node may be older, and when this
// process or npm is killed outright, the launcher notices the closed channel and ends itself instead of lingering.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NODE_MAJOR_MIN = 20;
const PARENT_CHECK_MS = 1_000;

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
    process.on(signal, () => child.connected && child.send({ stop: signal }));
  }
  // Under npm the parent is npm or its shell; once it is gone nobody is left who could press Ctrl-C.
  if (process.env.npm_lifecycle_event !== undefined && process.platform !== 'win32') {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && child.connected && child.disconnect(), PARENT_CHECK_MS).unref();
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
