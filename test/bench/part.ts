// One part of the benchmark from its options to its JSON: `node test/bench/NAME.ts [--quick] [arguments]`.
// Owns what is printed (progress to stderr with the time since the start, tables to stdout) and dist/bench/NAME.json,
// where figures stand as measured, with the machine and its load beside them.
// Leaves what is measured to the parts. Trade-off: a part that breaks writes nothing, rather than half a table.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/launch.ts';
import { boundOf, GOALS, type GoalName, isMet } from './goals.ts';
import { type Busy, describeMachine, howBusy, inWords, type Machine } from './machine.ts';
import { figure, type Row, table } from './table.ts';

export const OUT = join(root, 'dist', 'bench');

export type Measured = { goal: GoalName; measured: number; met: boolean };
export type Report = {
  part: string;
  quick: boolean;
  began: string;
  seconds: number;
  machine: Machine & { before: Busy; after: Busy };
  tables: { title: string; rows: Row[] }[];
  goals: Measured[];
};

export type Bench = {
  /** Shorter, and so less exact: to see that everything works. */
  quick: boolean;
  /** What stood on the command line besides. */
  args: string[];
  /** Chooses by `quick`. */
  pick<T>(full: T, quick: T): T;
  /** What is being done now. */
  say(what: string): void;
  table(title: string, rows: Row[]): void;
  goal(name: GoalName, measured: number): void;
};

/** Runs one part and writes its report; a part that throws ends the process with 1. */
export async function part(name: string, run: (bench: Bench) => Promise<void>): Promise<void> {
  // Leaving by process.exit() runs what ends the servers that were started.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const words = process.argv.slice(2);
  const quick = words.includes('--quick');
  const began = new Date();
  const elapsed = () => `${((Date.now() - began.getTime()) / 1_000).toFixed(1).padStart(6)} s`;
  const machine = describeMachine();
  const before = howBusy();
  console.log(`${inWords(before)}; node ${machine.node}, workerd ${machine.workerd}`);
  const tables: Report['tables'] = [];
  const goals: Measured[] = [];
  await run({
    quick,
    args: words.filter((word) => !word.startsWith('--')),
    pick: (full, short) => (quick ? short : full),
    say: (what) => console.error(`${elapsed()}  ${what}`),
    table(title, rows) {
      tables.push({ title, rows });
      console.log(`\n${title}\n${table(rows)}`);
    },
    goal(goal, measured) {
      const met = isMet(GOALS[goal], measured);
      goals.push({ goal, measured, met });
      const { what, of } = GOALS[goal];
      console.log(`${met ? 'met' : 'MISSED'}: ${what} / ${of}: ${figure(measured)} (goal ${boundOf(GOALS[goal])})`);
    },
  });
  const report: Report = {
    part: name,
    quick,
    began: began.toISOString(),
    seconds: (Date.now() - began.getTime()) / 1_000,
    machine: { ...machine, before, after: howBusy() },
    tables,
    goals,
  };
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\nnow ${inWords(report.machine.after)}; figures in dist/bench/${name}.json`);
}
