// Installs the browsers that the tests drive, where they are missing. Owns which Debian packages those are, and leaves
// installing them to debian.mjs; plain JavaScript for Node 20, because it runs before anything else is there.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installDebian } from './debian.mjs';

/** Where Debian puts what the tests start, and the package that brings it. */
export const BROWSERS = {
  chromium: { package: 'chromium', path: '/usr/lib/chromium/chromium' },
  firefox: { package: 'firefox-esr', path: '/usr/bin/firefox-esr' },
  webkit: { package: 'webkit2gtk-driver', path: '/usr/bin/WebKitWebDriver' },
  display: { package: 'xvfb', path: '/usr/bin/Xvfb' },
};

/** Returns when every browser is there; otherwise throws a sentence that says what to do. */
export async function ensureBrowsers() {
  const missing = Object.values(BROWSERS)
    .filter(({ path }) => !existsSync(path))
    .map((browser) => browser.package);
  const fonts = missing.length > 0 ? ['fonts-dejavu-core'] : [];
  installDebian([...missing, ...fonts], 'The tests drive browsers', 'about 220 MB, a minute or two');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await ensureBrowsers();
    console.log('All browsers are there.');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
