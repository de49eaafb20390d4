// Builds what the launcher serves: the tracker as an asset and the Worker as one module.
// Owns how esbuild bundles the Worker so that it comes out as `wrangler deploy` would make it.
// Leaves the tracker's build and its size gate to client/build.mjs.
// Trade-off: built anew at each start (well under a second) rather than cached: what runs is what the sources say.
import { join } from 'node:path';
import { build, stop } from 'esbuild';
import { build as buildDashboard } from '../dashboard/build.mjs';

/** Plain JavaScript for any Node, and no part of this project's types. */
const CLIENT_BUILD = new URL('../../client/build.mjs', import.meta.url).href;
const root = join(import.meta.dirname, '..', '..');

/**
 * Bundles the Worker into one ES module for workerd. Names stay as they are, so a stack is readable without a source map,
 * which would lie in the isolate's heap for ever: 5 MB, more than all that is alive there without it.
 */
export async function buildWorker(entry = 'worker/index.ts'): Promise<string> {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    mainFields: ['browser', 'module', 'main'],
    external: ['node:*', 'cloudflare:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    loader: { '.html': 'text', '.txt': 'text' },
    logLevel: 'error',
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild gave no output for ${entry}`);
  return output.text;
}

/** Builds hub.js, its hashed copy and the dashboard's script and sheet into a folder of assets. */
export async function buildClient(outdir: string): Promise<void> {
  const client: { build(options: { outdir: string }): Promise<unknown> } = await import(CLIENT_BUILD);
  await client.build({ outdir });
  await buildDashboard({ outdir });
}

/** Ends esbuild's helper process, which otherwise lives as long as the launcher. */
export async function endBuilding(): Promise<void> {
  await stop();
}
