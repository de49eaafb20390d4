// Builds the script: bundle, minify, mangle, name by content. Owns the size gate, because a tracker only grows.
// Plain JavaScript, so that any Node from 20 runs it without a build of its own.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build as bundle } from 'esbuild';
import { minify } from 'terser';

const here = fileURLToPath(new URL('.', import.meta.url));

/** To be 2,290, what plausible's npm tracker weighs; until it is there, only a defect mended may make the script larger. */
export const BROTLI_BYTES_MAX = 3_115;

/**
 * Names for variables, the most used first. Any order is valid; this one was found by trying, because brotli pays for
 * surprise: names that also stand next to each other in what cannot be renamed weigh less.
 */
const LETTERS = 'euioacQZtdNqrfGnvgpyTxbAMmJX$PKFBsSjLDIVzHEhRkCOlYUw_W';

/** Bundles the tracker in memory: its text and what it weighs. */
export async function measure() {
  const result = await bundle({
    entryPoints: [join(here, 'tracker.ts')],
    bundle: true,
    minifySyntax: true,
    format: 'esm',
    target: 'es2021',
    charset: 'utf8',
    mangleProps: /^_[a-z]/,
    legalComments: 'none',
    write: false,
    tsconfigRaw: {},
  });
  // esbuild bundles, knows the types away, and makes every top-level name a `var`; as `let`, they stay in the block that
  // they end up in, without a function round it. terser inlines what is used once, which is worth a twentieth.
  const { code: text } = await minify(result.outputFiles[0].text.replace(/^var /gm, 'let '), {
    ecma: 2021,
    module: true,
    compress: {
      passes: 6,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      pure_getters: true,
      booleans_as_integers: true,
    },
    mangle: { nth_identifier: { get: (count) => LETTERS[count] ?? `$${count}` } },
    format: { ecma: 2021 },
  });
  // The wrapper comes last, because minifiers would open it again. Nothing of us is seen outside, no error either.
  // The comment has Chromium compile all of it at once, instead of most functions twice, the second time at their first
  // call on the main thread (https://explainers-by-googlers.github.io/explicit-javascript-compile-hints-file-based/).
  const code = Buffer.from(`//# allFunctionsCalledOnLoad\ntry{${text}}catch(e){console.warn("hub",e)}`);
  const brotli = brotliCompressSync(code, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: code.length },
  });
  const bytes = { minified: code.length, gzip: gzipSync(code, { level: 9 }).length, brotli: brotli.length };
  return { code, bytes };
}

/** Writes hub.js, its immutable copy and hub.json; throws a sentence when the script has grown too large. */
export async function build({ outdir }) {
  const { code, bytes } = await measure();
  if (bytes.brotli > BROTLI_BYTES_MAX)
    throw new Error(
      `hub.js weighs ${bytes.brotli} bytes with brotli 11, more than ${BROTLI_BYTES_MAX}: make it smaller.`,
    );
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 16);
  const file = `hub.${hash}.js`;
  const integrity = `sha384-${createHash('sha384').update(code).digest('base64')}`;
  await mkdir(outdir, { recursive: true });
  await writeFile(join(outdir, 'hub.js'), code);
  await writeFile(join(outdir, file), code);
  const about = { hash, file, integrity, bytes };
  await writeFile(join(outdir, 'hub.json'), `${JSON.stringify(about, null, 2)}\n`);
  return about;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--size')) {
      const { bytes } = await measure();
      await writeFile(join(here, 'size.json'), `${JSON.stringify(bytes, null, 2)}\n`);
      console.log(`client/size.json: ${JSON.stringify(bytes)}`);
    } else {
      const { file, bytes } = await build({ outdir: join(here, '../dist/assets') });
      const kept = JSON.parse(await readFile(join(here, 'size.json'), 'utf8'));
      console.log(
        `dist/assets/hub.js and ${file}: ${bytes.minified} bytes, ${bytes.gzip} gzip, ${bytes.brotli} brotli`,
      );
      if (kept.brotli !== bytes.brotli)
        console.log('client/size.json says otherwise: run `node client/build.mjs --size`.');
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
