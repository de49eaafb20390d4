// `npm test`: everything that must hold, in order, from a clone with nothing but Node 20 and npm.
// Owns the order, the headings and times, and the last line with the sums; each check belongs to its own tool.
// Leaves installing packages to worker/local/install.mjs, browsers to test/support/browsers.mjs, and the look of two
// outputs beside each other to test/support/run-tool.mjs.
// Two steps run at a time: most of their time is waiting, for browsers and for starts. Trade-off: nothing begins after
// a step has failed, since it would mostly fail for the same reason; what is under way beside it is let end.
// One step alone: `npm test -- types`, or several: `npm test -- format local`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { install, root } from '../worker/local/install.mjs';
import { ensureBrowsers } from './support/browsers.mjs';
import { runTool } from './support/run-tool.mjs';

const SIDE_BY_SIDE = 2;

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
  // The longest first, so that no lane stands empty at the end.
  suite('browser', 'The tracker in real browsers', 'test/browser/vitest.config.ts'),
  suite('worker', 'Units, Durable Objects, the flow and the pages', 'test/vitest.config.ts', ['--project', '!soak']),
  suite('local', 'npm start, its demo and the deployment', 'test/local/vitest.config.ts'),
  {
    // Its lines are its progress: shown as they come.
    ...suite('soak', 'A minute of load, storms and kills', 'test/vitest.config.ts', ['--project', 'soak']),
    needsBrowsers: false,
  },
];

/** @param {string} name @param {string} what @param {string} config @param {string[]} more */
function suite(name, what, config, more = []) {
  const args = ['run', '--config', config, '--disable-console-intercept', ...more];
  return { name, what, tool: 'vitest/vitest.mjs', args, needsBrowsers: true };
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
  const width = Math.max(...steps.map(({ name }) => name.length));
  const waiting = [...steps.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next && sum.failed === 0; next = waiting.shift()) {
      const [index, step] = next;
      heading(`${index + 1}/${steps.length} ${step.what}`);
      const begun = Date.now();
      const done = await runStep(node, step, steps.length > 1 ? step.name.padEnd(width) : undefined);
      sum.passed += done.passed;
      sum.failed += done.failed;
      console.log(`${done.failed === 0 ? 'ok' : 'FAILED'}: ${step.what}, ${seconds(begun)}`);
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, lane));
  console.log(`\nAll in all ${seconds(from)}.\n${sum.passed} passed, ${sum.failed} failed`);
  return sum.failed === 0;
}

/** Format and types count only when they fail: they are one check each, not a test. @param {string} node @param {typeof STEPS[number]} step @param {string} [label] @returns {Promise<Sum>} */
async function runStep(node, step, label) {
  const command = join(root, 'node_modules', step.tool);
  if (step.args[0] !== 'run')
    return { passed: 0, failed: (await runTool(node, [command, ...step.args], label)) === 0 ? 0 : 1 };

  const folder = mkdtempSync(join(tmpdir(), 'hubwire-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runTool(node, [command, ...step.args, ...reporters], label);
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
