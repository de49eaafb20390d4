// `npm run bench`: on whatever Node the machine has, installs what is missing and hands over to bench.ts on the pinned
// one: `npm run bench -- [--quick] [part …]`. Owns only that hand-over; which parts there are is bench.ts's.
// Trade-off: one small process stays in front, as under `npm start`; in return the system's Node may be older.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { install, root } from '../../worker/local/install.mjs';

try {
  const node = await install();
  const bench = fileURLToPath(new URL('./bench.ts', import.meta.url));
  const child = spawn(node, [bench, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' });
  // Ctrl-C reaches the child too; we stay to end as it ends.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.once('exit', (code) => process.exit(code ?? 1));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
