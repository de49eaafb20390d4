// A collector in the shape of the contract's section 5, for tests of the tracker: what did it receive, how often?
// Knows an event by its id as the real one does. Can be slow, away, busy, or read a beacon and drop the connection.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { WireBeacon, WireEvent } from '../../worker/beacon.ts';

/** What happens to a beacon: its answer's status, or one of the misfortunes. */
export type Mood = { status?: number; retryAfter?: number; delayMs?: number; drop?: boolean; reject?: string[] };

export type Received = { at: number; headers: IncomingMessage['headers']; body: string; events: WireEvent[] };

export class Collector {
  /** Every POST, also those that were refused. */
  requests: Received[] = [];
  /** What was acknowledged, by id: the first copy. */
  events = new Map<string, WireEvent>();
  /** Copies beyond the first, which the dedupe took away. */
  duplicates = 0;
  /** Anything but a POST: preflights above all. */
  others: string[] = [];
  mood: Mood | ((beacon: WireBeacon) => Mood) = {};
  /** Whose beacons are of interest. A page of an earlier test may still have one in flight: it is answered, not recorded. */
  counts: (origin: string | undefined) => boolean = () => true;
  port = 0;
  /** What it serves on GET, by path. */
  readonly files = new Map<string, string | Buffer>();
  #server: Server | undefined;
  readonly #sockets = new Set<Socket>();

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before where it had one. */
  async start(): Promise<this> {
    if (this.#server) return this;
    const server = createServer((request, response) => this.#serve(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    return this;
  }

  /** Goes away: connections are refused from now on. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Forgets what came, and is in a good mood again. */
  reset(): void {
    this.requests = [];
    this.others = [];
    this.events.clear();
    this.duplicates = 0;
    this.mood = {};
  }

  named(event: WireEvent['event']): WireEvent[] {
    return [...this.events.values()].filter((one) => one.event === event);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const cors = {
      'access-control-allow-origin': request.headers.origin ?? '*',
      'access-control-expose-headers': 'retry-after',
      'timing-allow-origin': '*',
    };
    if (request.method === 'GET' && this.files.has(path)) {
      response.writeHead(200, { ...cors, 'content-type': 'text/javascript', 'cache-control': 'max-age=3600' });
      response.end(this.files.get(path));
      return;
    }
    if (request.method !== 'POST' || path !== '/v1/events') {
      this.others.push(`${request.method} ${path}`);
      response.writeHead(404, cors).end();
      return;
    }
    let body = '';
    try {
      for await (const part of request.setEncoding('utf8')) body += part;
    } catch {
      return; // The page was left in the middle of the body: a collector never sees such a beacon.
    }
    let beacon: WireBeacon;
    try {
      beacon = JSON.parse(body);
    } catch {
      this.requests.push({ at: Date.now(), headers: request.headers, body, events: [] });
      response.writeHead(400, cors).end('{"error":{"code":"invalid_json"}}');
      return;
    }
    const counts = () => this.counts(request.headers.origin);
    if (counts()) this.requests.push({ at: Date.now(), headers: request.headers, body, events: beacon.events });
    const mood = typeof this.mood === 'function' ? this.mood(beacon) : this.mood;
    if (mood.delayMs) await new Promise((resolve) => setTimeout(resolve, mood.delayMs));
    if (!counts()) {
      response.writeHead(202, cors).end('{"accepted":0,"duplicate":0,"rejected":[]}');
      return;
    }
    const status = Buffer.byteLength(body) > 65_536 ? 413 : (mood.status ?? 202);
    if (status >= 300) {
      const retry = mood.retryAfter === undefined ? {} : { 'retry-after': String(mood.retryAfter) };
      response.writeHead(status, { ...cors, ...retry }).end(`{"error":{"code":"test","message":"${status}"}}`);
      return;
    }
    const rejected = (mood.reject ?? []).map((id) => ({ id, reason: 'invalid_event' }));
    let duplicate = 0;
    for (const event of beacon.events)
      if (!mood.reject?.includes(event.id)) {
        if (this.events.has(event.id)) duplicate += 1;
        else this.events.set(event.id, event);
      }
    this.duplicates += duplicate;
    if (mood.drop) {
      request.socket.destroy();
      return;
    }
    const accepted = beacon.events.length - duplicate - rejected.length;
    response.writeHead(202, { ...cors, 'content-type': 'application/json' });
    response.end(JSON.stringify({ accepted, duplicate, rejected }));
  }
}
