// Runs the parts of the benchmark one after another, each in a process of its own, and sums up: every goal of
// DESIGN.md section 9 that a measurement decides, met or missed. `npm run bench -- [--quick] [part …]`.
// A missed goal is a result, not an error: only a part that broke makes it end with 1.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBrowsers } from '../support/browsers.mjs';
import { node, root } from '../support/launch.ts';
import { boundOf, GOALS, type Goal, type GoalName } from './goals.ts';
import { describeMachine, howBusy, inWords } from './machine.ts';
import { type Measured, OUT, type Report } from './part.ts';
import { PARTS, type PartOfBench } from './parts.ts';
import { type Row, table } from './table.ts';

const minutes = (from: number) => `${((Date.now() - from) / 60_000).toFixed(1)} min`;

let running: ChildProcess | undefined;
let stopped = false;

async function main(words: string[]): Promise<boolean> {
  const names = words.filter((word) => !word.startsWith('--'));
  const flags = words.filter((word) => word.startsWith('--'));
  const known = PARTS.map(({ name }) => name);
  const unknown = [
    ...names.filter((name) => !known.includes(name)).map((name) => `No such part: ${name}.`),
    ...flags.filter((flag) => flag !== '--quick').map((flag) => `No such option: ${flag}.`),
  ];
  if (unknown.length > 0) {
    console.error(`${unknown.join('\n')}\nnpm run bench -- [--quick] [${known.join('|')}] …`);
    return false;
  }
  const parts = PARTS.filter(({ name }) => names.length === 0 || names.includes(name));
  const from = Date.now();
  const { cores, cpu, memory_gb } = describeMachine();
  console.log(`${cores} cores (${cpu}), ${memory_gb} GB; ${inWords(howBusy())}`);
  if (parts.some(({ needsBrowsers }) => needsBrowsers)) await ensureBrowsers();
  const broken: string[] = [];
  for (const [i, part] of parts.entries()) {
    const heading = `${i + 1}/${parts.length} ${part.name}: ${part.what}`;
    console.log(`\n━━ ${heading} ${'━'.repeat(Math.max(0, 90 - heading.length))}`);
    const began = Date.now();
    rmSync(join(OUT, `${part.name}.json`), { force: true });
    const code = await run(part, flags);
    if (stopped) return false;
    if (code !== 0) broken.push(part.name);
    console.log(`${code === 0 ? 'done' : 'BROKEN'}: ${part.name}, ${minutes(began)}; ${minutes(from)} in all`);
  }
  sumUp(parts);
  if (broken.length > 0) console.error(`\nBroken, see above: ${broken.join(', ')}.`);
  return broken.length === 0;
}

function run({ file }: PartOfBench, flags: string[]): Promise<number> {
  return new Promise((resolve) => {
    running = spawn(node, [join(import.meta.dirname, file), ...flags], { cwd: root, stdio: 'inherit' });
    running.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    running.once('exit', (code) => resolve(code ?? 1));
  });
}

/** What the parts of this run measured, goal by goal. */
function sumUp(parts: readonly PartOfBench[]): void {
  const reports = parts
    .map(({ name }) => join(OUT, `${name}.json`))
    .filter((file) => existsSync(file))
    .map((file): Report => JSON.parse(readFileSync(file, 'utf8')));
  const measured = reports.flatMap(({ goals }) => goals);
  const rows = (Object.entries(GOALS) as [GoalName, Goal][]).map(([name, goal]) => row(name, goal, measured));
  console.log(`\nGoals${reports.some(({ quick }) => quick) ? ' (a quick run: rough)' : ''}\n${table(rows)}`);
  writeFileSync(
    join(OUT, 'summary.json'),
    `${JSON.stringify({ machine: describeMachine(), goals: rows, reports }, null, 2)}\n`,
  );
  console.log('\nAll figures: dist/bench/summary.json');
}

function row(name: GoalName, goal: Goal, all: readonly Measured[]): Row {
  const found = all.find((one) => one.goal === name);
  return {
    figure: goal.what,
    of: goal.of,
    goal: boundOf(goal),
    measured: found?.measured ?? '',
    '': found === undefined ? 'not measured' : found.met ? 'met' : 'MISSED',
  };
}

// Whoever ends the benchmark ends the part that runs, and nothing begins after it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    stopped = true;
    running?.kill(signal);
  });
process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
