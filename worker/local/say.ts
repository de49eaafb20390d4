// What the launcher prints: one line a step, and the time it took.
// Owns the look of those lines; leaves their wording to whoever takes the step.
// Trade-off: a step is announced when it begins, so that a slow one is seen to be slow; on a terminal its line is
// finished in place, in a log it takes two.
import { styleText } from 'node:util';

const terminal = process.stdout.isTTY === true;
const style = (format: Parameters<typeof styleText>[0], text: string) => (terminal ? styleText(format, text) : text);

/** A reader that went away (`npm start | head`) must not take the server with it. */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** One line. */
export function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Something that the user should act on. */
export function warn(sentence: string): void {
  process.stderr.write(`${process.stderr.isTTY ? styleText('yellow', sentence) : sentence}\n`);
}

/** Runs a step, showing that it runs and how long it took. */
export async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  const from = performance.now();
  process.stdout.write(terminal ? `  … ${name}` : `  ${name} …\n`);
  try {
    const result = await run();
    const took = `${((performance.now() - from) / 1_000).toFixed(1)} s`;
    process.stdout.write(`${terminal ? '\r\x1b[K' : ''}  ${style('green', '✓')} ${name} ${style('dim', took)}\n`);
    return result;
  } catch (error) {
    if (terminal) process.stdout.write('\n');
    throw error;
  }
}

/** Names and values in two columns. */
export function table(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) say(`  ${style('bold', name.padEnd(width))}  ${value}`);
}
