// Puts keys into the KV of a data folder before hubwire starts on it, by the runtime's own means: how else could a test
// have thirty days behind it? Owns the opening and closing of that runtime.
import { join } from 'node:path';
import { Miniflare } from 'miniflare';

/** Writes JSON values; the folder must not be in use. */
export async function seedKv(dataDir: string, entries: Record<string, unknown>): Promise<void> {
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    cf: false,
    resourcePersistencePath: join(dataDir, 'state'),
    workers: [
      {
        config: {
          name: 'seed',
          compatibilityDate: '2026-10-20',
          manifest: {
            mainModule: 'seed.js',
            modules: {
              'seed.js': {
                type: 'esm',
                contents: `export default { async fetch(request, { HUB_KV }) {
                  for (const [key, value] of Object.entries(await request.json())) await HUB_KV.put(key, JSON.stringify(value));
                  return new Response('ok');
                } }`,
              },
            },
          },
          env: { HUB_KV: { type: 'kv', id: 'HUB_KV' } },
          exports: {},
          triggers: [],
        },
      },
    ],
  });
  try {
    const response = await miniflare.dispatchFetch('http://seed/', { method: 'POST', body: JSON.stringify(entries) });
    if (!response.ok) throw new Error(`KV could not be seeded: ${await response.text()}`);
  } finally {
    await miniflare.dispose();
  }
}
