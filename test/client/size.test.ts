// The script's weight is part of its contract: the figure in the repository is the one that the build gives.
// Whoever changes a byte says so: the build writes client/size.json only when it is asked to.
// The build itself refuses a script above its limit; this fails before anybody builds.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BROTLI_BYTES_MAX, measure } from '../../client/build.mjs';

test('hub.js weighs exactly what client/size.json says, and no more than the build allows', async () => {
  const { bytes } = await measure();
  const kept = JSON.parse(await readFile(join(import.meta.dirname, '../../client/size.json'), 'utf8'));
  expect(bytes, 'run `node client/build.mjs --size` and name the figure in the commit').toEqual(kept);
  expect(bytes.brotli).toBeLessThanOrEqual(BROTLI_BYTES_MAX);
});
