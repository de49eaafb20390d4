// A real HTTP receiver: keeps what it got, verifies it as a customer's server would, and can be told to misbehave.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';

export type Hook = {
  id: string;
  attempt: number;
  at: number;
  text: string;
  body: Record<string, string>;
  headers: Record<string, string>;
};
export type Mood = (hook: Hook, response: ServerResponse) => void;

export const works: Mood = (_, response) => response.writeHead(200).end('ok');
export const fails: Mood = (_, response) => response.writeHead(500).end('boom');
/** Reads the request and breaks the connection off. */
export const drops: Mood = (_, response) => response.destroy();
export const slow =
  (ms: number): Mood =>
  (_, response) => {
    setTimeout(() => response.writeHead(200).end('ok'), ms);
  };

export class Receiver {
  readonly hooks: Hook[] = [];
  mood: Mood = works;
  #server: Server | undefined;
  port = 0;
  readonly #sockets = new Set<Socket>();

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Ids answered or not, each once. */
  get ids(): Set<string> {
    return new Set(this.hooks.map(({ id }) => id));
  }

  /** `keepAliveMs`: how long an idle connection is kept; by default as long as Node's own servers do. */
  async start(port = 0, keepAliveMs = 5_000): Promise<this> {
    const server = createServer((request, response) => void this.#take(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.keepAliveTimeout = keepAliveMs;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    return this;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request.setEncoding('utf8')) text += part;
    const headers = request.headers as Record<string, string>;
    const id = headers['webhook-id'] ?? '';
    const hook = {
      id,
      attempt: Number(headers['hubwire-attempt']),
      at: performance.now(),
      text,
      body: JSON.parse(text),
      headers,
    };
    this.hooks.push(hook);
    this.mood(hook, response);
  }

  /** Throws where a signature is not that of this secret. */
  verify(secret: string): void {
    const webhook = new Webhook(secret);
    for (const { text, headers } of this.hooks) webhook.verify(text, headers);
  }

  async stop(): Promise<void> {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
