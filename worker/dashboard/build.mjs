// Builds what the dashboard's pages load: one script, one sheet, one icon. Called by the launcher and by wrangler's
// [build], so that `npm start` and `npx wrangler deploy` serve the same. Owns how they are bundled and how heavy they
// may be; a page that grew past its budget fails the build instead of a reader's patience.
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build as bundle } from 'esbuild';

const from = fileURLToPath(new URL('./client', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
/** Bytes after brotli: uPlot is 19 KB of it. */
const SCRIPT_BYTES_MAX = 24_000;
const STYLE_BYTES_MAX = 8_000;

/** @param {{ outdir: string }} options the folder of assets */
export async function build({ outdir }) {
  const folder = join(outdir, 'dashboard', 'assets');
  await mkdir(folder, { recursive: true });
  const { outputFiles } = await bundle({
    absWorkingDir: root,
    entryPoints: ['main.ts', 'dashboard.css'].map((file) => ({ in: join(from, file), out: 'dashboard' })),
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['es2022', 'chrome123', 'firefox121', 'safari17.5'],
    outdir: folder,
    write: false,
    legalComments: 'none',
    logLevel: 'error',
  });
  for (const { path, contents } of outputFiles) {
    const bytes = brotliCompressSync(contents).byteLength;
    const max = path.endsWith('.css') ? STYLE_BYTES_MAX : SCRIPT_BYTES_MAX;
    if (bytes > max)
      throw new Error(`${path} has ${bytes} bytes after brotli; ${max} are allowed. Take something out.`);
    await writeFile(path, contents);
  }
  await copyFile(join(from, 'icon.svg'), join(folder, 'icon.svg'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ outdir: join(root, 'dist', 'assets') });
