// Builds the pages that use a framework, from the npm packages as their users would.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { compile } from 'svelte/compiler';

export const FRAMEWORKS = {
  react: 'react.jsx',
  vue: 'vue.js',
  svelte: 'svelte.js',
  turbo: 'turbo.js',
  htmx: 'htmx.js',
};

/** The bundle of one page. */
export async function bundle(page: keyof typeof FRAMEWORKS): Promise<string> {
  const result = await build({
    entryPoints: [join(import.meta.dirname, FRAMEWORKS[page])],
    bundle: true,
    write: false,
    format: 'iife',
    jsx: 'automatic',
    tsconfigRaw: {},
    conditions: ['browser'],
    define: {
      'process.env.NODE_ENV': '"development"',
      __VUE_OPTIONS_API__: 'false',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    plugins: [
      {
        name: 'svelte',
        setup: (on) =>
          on.onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
            contents: compile(await readFile(path, 'utf8'), { filename: path, generate: 'client' }).js.code,
          })),
      },
    ],
    logLevel: 'error',
  });
  return result.outputFiles[0]?.text ?? '';
}
