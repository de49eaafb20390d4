// The demo: another origin on this machine, with a page that signs people up and a receiver that shows what came.
// Owns its HTTP server; the routes are in demo/app.ts, the pages beside it.
// Leaves site, integration and secret to seed.ts: the demo is told its secret once there is one.
// Trade-off: what it received lives in memory only. It shows; it keeps no records.
import { serve } from '@hono/node-server';
import { createApp } from './demo/app.ts';
import { Inbox } from './demo/inbox.ts';
import { urlOf } from './ports.ts';

export type Demo = { url: string; useSecret(secret: string): void; stop(): Promise<void> };

/** Starts the demo and waits until it listens. */
export async function startDemo(at: {
  host: string;
  port: number;
  collectorUrl: string;
  enable: () => Promise<void>;
}): Promise<Demo> {
  const inbox = new Inbox();
  let secret: string | undefined;
  const app = createApp({ inbox, collectorUrl: at.collectorUrl, secret: () => secret, enable: at.enable });
  const { server, port } = await new Promise<{ server: ReturnType<typeof serve>; port: number }>((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: at.host, port: at.port }, (info) =>
      resolve({ server, port: info.port }),
    );
    server.once('error', reject);
  });
  return {
    url: urlOf(at.host, port),
    useSecret(value) {
      secret = value;
    },
    stop() {
      inbox.close();
      return new Promise((resolve) => {
        server.close(() => resolve());
        // Streams and hanging webhooks never end by themselves.
        if ('closeAllConnections' in server) server.closeAllConnections();
      });
    },
  };
}
