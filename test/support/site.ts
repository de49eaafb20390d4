// A website for the tests: pages made on the spot, on an origin other than the collector's.
// Pages tell the tests what they saw by `tell(...)`, because drivers lose track after bfcache, prerender and new tabs.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export const SITE_ID = '2d5776b8-158a-4216-aaa1-edbc249e005b';

export type Page = { body: string; headers?: Record<string, string>; status?: number };

export class Site {
  /** What pages told, oldest first. */
  told: unknown[] = [];
  /** Native submissions and AJAX posts that reached the site, as `path?query` or form body. */
  posts: string[] = [];
  port = 0;
  readonly #pages = new Map<string, Page>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Serves `body` at `path`; returns its address. */
  page(path: string, body: string, headers: Record<string, string> = {}, status = 200): string {
    this.#pages.set(path, { body, headers, status });
    return this.origin + path;
  }

  async start(): Promise<this> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const part of request.setEncoding('utf8')) body += part;
      const url = new URL(request.url ?? '/', this.origin);
      if (url.pathname === '/tell') {
        this.told.push(JSON.parse(body));
        response.writeHead(204).end();
        return;
      }
      if (request.method === 'POST') this.posts.push(body);
      const page = this.#pages.get(url.pathname);
      response.writeHead(page?.status ?? 200, { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
      response.end(page?.body ?? `<!doctype html><title>${url.pathname}</title>`);
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
  }
}

/** Put into a page: reports to the site, also while the page is being left, and every uncaught error. */
export const TELL = `<script>
const tell = (...what) => navigator.sendBeacon('/tell', JSON.stringify(what));
addEventListener('error', (event) => tell('uncaught', String(event.message)));
addEventListener('unhandledrejection', (event) => tell('unhandled', String(event.reason)));
</script>`;

/** The script tag as the README has it, with further attributes. */
export const tag = (collector: string, attributes = ''): string =>
  `<script async src="${collector}/hub.js" data-site="${SITE_ID}" ${attributes}></script>`;

/** A page with the tracker and what else it holds. */
export const html = (collector: string, body = '', attributes = ''): string =>
  `<!doctype html><html lang="en"><title>Test</title>${TELL}${tag(collector, attributes)}<body>${body}`;
