// A website for the tests: pages made on the spot, each test on an origin of its own, other than the collector's.
// Pages tell the tests what they saw by `tell(...)`, because drivers lose track after bfcache, prerender and new tabs.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export const SITE_ID = '2d5776b8-158a-4216-aaa1-edbc249e005b';

type Page = { body: string | Buffer; headers: Record<string, string>; status: number };

export class Site {
  /** What pages told, oldest first. */
  told: unknown[][] = [];
  /** Bodies of the forms that reached the site. */
  posts: string[] = [];
  /** GET requests by path, to know that a page was asked for. */
  visits: string[] = [];
  port = 0;
  /** How many origins tests have asked for. */
  hosts = 0;
  readonly #pages = new Map<string, Page>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** An origin that no test has used: storage starts empty there. */
  fresh(): string {
    this.hosts += 1;
    return `http://s${this.hosts}.localhost:${this.port}`;
  }

  /** Serves `body` at `path` of every origin. */
  serve(path: string, body: string | Buffer, headers: Record<string, string> = {}, status = 200): void {
    this.#pages.set(path, { body, headers, status });
  }

  async start(): Promise<this> {
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      try {
        for await (const part of request) parts.push(part as Buffer);
      } catch {
        return;
      }
      const body = Buffer.concat(parts).toString();
      const path = (request.url ?? '/').split('?')[0] ?? '/';
      if (path === '/tell') {
        this.told.push(JSON.parse(body));
        response.writeHead(204).end();
        return;
      }
      if (request.method === 'POST') this.posts.push(body);
      else this.visits.push(path);
      const page = this.#pages.get(path);
      response.writeHead(page?.status ?? 200, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
      response.end(page?.body ?? `<!doctype html><title>${path}</title>`);
    });
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  reset(): void {
    this.told = [];
    this.posts = [];
    this.visits = [];
  }
}

/**
 * Put first into a page. Reports to the site, also while the page is being left, and every uncaught error.
 * `skew` moves the page's clock: what waits for hours is tested in milliseconds.
 */
export const TELL = `<script>
var skew = 0, tell = (...what) => navigator.sendBeacon('/tell', JSON.stringify(what));
{ const now = Date.now; Date.now = () => now() + skew; }
addEventListener('error', (event) => tell('uncaught', String(event.message)));
addEventListener('unhandledrejection', (event) => tell('unhandled', String(event.reason)));
</script>`;

/** The script tag as the README has it, with further attributes; from the site itself where they name a collector. */
export const tag = (collector: string, attributes = ''): string =>
  `<script async src="${attributes.includes('data-collector') ? '' : collector}/hub.js" data-site="${SITE_ID}" ${attributes}></script>`;

/** A page with the tracker and what else it holds. */
export const html = (collector: string, body = '', attributes = ''): string =>
  `<!doctype html><html lang="en"><title>Test</title>${TELL}${tag(collector, attributes)}<body>${body}`;
