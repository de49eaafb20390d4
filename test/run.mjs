// `npm test`: everything that must hold, in order, from a clone with nothing but Node 20 and npm.
// Owns the order, the headings and times, and the last line with the sums; each check belongs to its own tool.
// Leaves installing packages to worker/local/install.mjs and browsers to test/support/browsers.mjs.
// Trade-off: it stops at the first step that fails: what comes after would mostly fail for the same reason.
// One step alone: `npm test -- types`, or several: `npm test -- format local`.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, root } from '../worker/local/install.mjs';
import { ensureBrowsers } from './support/browsers.mjs';

/** biome colours logs too, if not told otherwise. */
const COLORS = `--colors=${process.stdout.isTTY ? 'force' : 'off'}`;

/** @typedef {{ passed: number, failed: number }} Sum */

/** @type {{ name: string, what: string, tool: string, args: string[], needsBrowsers?: boolean }[]} */
const STEPS = [
  {
    name: 'format',
    what: 'Format and lint',
    tool: '@biomejs/biome/bin/biome',
    args: ['check', '--error-on-warnings', COLORS, '.'],
  },
  { name: 'types', what: 'Types', tool: 'typescript/bin/tsc', args: ['-b', '--noEmit'] },
  suite('worker', 'Units, Durable Objects and the flow', 'test/vitest.config.ts', true),
  suite('local', 'npm start, its demo and the deployment', 'test/local/vitest.config.ts', true),
  suite('browser', 'The tracker in real browsers', 'test/browser/vitest.config.ts', true),
];

/** @param {string} name @param {string} what @param {string} config */
function suite(name, what, config, needsBrowsers = false) {
  return { name, what, tool: 'vitest/vitest.mjs', args: ['run', '--config', config], needsBrowsers };
}

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !STEPS.some((step) => step.name === name));
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(', ')}. There are ${STEPS.map((step) => step.name).join(', ')}.`);
    return false;
  }
  const steps = names.length === 0 ? STEPS : STEPS.filter((step) => names.includes(step.name));
  const from = Date.now();
  const node = await install();
  if (steps.some((step) => step.needsBrowsers)) await ensureBrowsers();
  /** @type {Sum} */
  const sum = { passed: 0, failed: 0 };
  for (const [index, step] of steps.entries()) {
    heading(`${index + 1}/${steps.length} ${step.what}`);
    const begun = Date.now();
    const done = await runStep(node, step);
    sum.passed += done.passed;
    sum.failed += done.failed;
    console.log(`${done.failed === 0 ? 'ok' : 'FAILED'}: ${step.what}, ${seconds(begun)}`);
    if (done.failed > 0) break;
  }
  console.log(`\nAll in all ${seconds(from)}.\n${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed === 0;
}

/** Format and types count only when they fail: they are one check each, not a test. @param {string} node @param {typeof STEPS[number]} step @returns {Promise<Sum>} */
async function runStep(node, step) {
  const command = join(root, 'node_modules', step.tool);
  if (step.args[0] !== 'run') return { passed: 0, failed: (await run(node, [command, ...step.args])) === 0 ? 0 : 1 };

  const folder = mkdtempSync(join(tmpdir(), 'hubwire-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await run(node, [command, ...step.args, ...reporters]);
    return sumOf(file, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A run that broke before or beside its tests counts as one failure. @param {string} file @param {number} code @returns {Sum} */
function sumOf(file, code) {
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  const passed = report?.numPassedTests ?? 0;
  const failed = report?.numFailedTests ?? 0;
  const broken = code !== 0 || report?.success !== true || passed === 0;
  return { passed, failed: failed === 0 && broken ? 1 : failed };
}

/** @param {string} node @param {string[]} args @returns {Promise<number>} */
function run(node, args) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { cwd: root, stdio: 'inherit' });
    for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
      // The child hears Ctrl-C itself; we stay to clean up after it and to give the sum.
      process.once(signal, () => signal !== 'SIGINT' && child.kill(signal));
    }
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** @param {string} text */
function heading(text) {
  console.log(`\n━━ ${text} ${'━'.repeat(Math.max(0, 72 - text.length))}`);
}

/** @param {number} from */
function seconds(from) {
  return `${((Date.now() - from) / 1_000).toFixed(1)} s`;
}

main(process.argv.slice(2)).then(
  (ok) => process.exit(ok ? 0 : 1),
  (error) => {
    console.error(error instanceof Error ? error.message : String(error));
    console.log('\n0 passed, 1 failed');
    process.exit(1);
  },
);
