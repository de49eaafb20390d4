// Runs one tool of `npm test` and tells how it ended.
// Owns the process, its signals and the look of its output: alone it has the terminal to itself; beside others each of
// its lines bears its name, as docker compose does. Leaves what is run, and when, to test/run.mjs.
// Trade-off: beside others a tool sees no terminal, so lines that rewrite themselves come as plain lines.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { styleText } from 'node:util';
import { root } from '../../worker/local/install.mjs';

/** What Node compiled once: each start of hubwire in the tests is almost a tenth lighter by it (CPU). */
const NODE_COMPILE_CACHE = join(root, 'node_modules', '.cache', 'node');

/** The exit code; 1 where it could not be started. @param {string} node @param {string[]} args @param {string} [label] @returns {Promise<number>} */
export function runTool(node, args, label) {
  return new Promise((resolve) => {
    const output = label === undefined ? 'inherit' : 'pipe';
    const color = process.stdout.isTTY && label !== undefined ? { FORCE_COLOR: '1' } : {};
    const child = spawn(node, args, {
      cwd: root,
      env: { NODE_COMPILE_CACHE, ...process.env, ...color },
      stdio: ['inherit', output, output],
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        if (line.trim() !== '') console.log(`${styleText('dim', `${label} │`)} ${line}`);
      });
    }
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      // The child hears Ctrl-C itself; we stay to clean up after it and to give the sum.
      process.once(signal, () => signal !== 'SIGINT' && child.kill(signal));
    }
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}
