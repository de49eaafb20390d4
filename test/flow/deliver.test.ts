// What one attempt does to a receiver that misbehaves, in the runtime that ships; the receiver is real, and so is TLS.
import type { ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Probe, SECRET, startProbe } from '../support/probe.ts';
import { drops, Receiver, works } from '../support/receiver.ts';
import { cert, key } from '../support/self-signed.ts';
import { until } from '../support/until.ts';

let probe: Probe;
const receiver = new Receiver();
const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await until('the server', () => server.listening);
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  [probe] = await Promise.all([startProbe(), receiver.start()]);
});
afterAll(async () => {
  await probe.stop();
  await receiver.stop();
  for (const server of servers) server.close();
});

describe('what arrives', () => {
  test('is signed for the reference library, with custom headers that take the place of none of ours', async () => {
    receiver.mood = works;
    const headers = { authorization: 'Bearer 0123456789abcdef', 'webhook-id': 'forged', 'user-agent': 'forged' };
    const attempt = await probe.attempt(receiver.url, { headers });
    expect(attempt).toMatchObject({ status: 200, error: null, response_body: 'ok' });
    receiver.verify(SECRET);
    expect(receiver.hooks.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer 0123456789abcdef',
      'user-agent': 'hubwire/0.0.0',
      'content-type': 'application/json',
    });
  });
});

describe('what is kept of the answer', () => {
  test('a receiver that echoes a custom header does not bring it into the log', async () => {
    receiver.mood = ({ headers }, response) =>
      response.writeHead(400, { 'x-echo': headers.authorization }).end(JSON.stringify(headers));
    const attempt = await probe.attempt(receiver.url, { headers: { authorization: 'Bearer 0123456789abcdef' } });
    expect(attempt.status).toBe(400);
    expect(JSON.stringify(attempt)).not.toContain('0123456789');
    expect(attempt.response_body).toContain('••••cdef');
    expect(attempt.response_headers['x-echo']).toBe('••••cdef');
  });

  test('nor does one that echoes the credentials alone, without their scheme, or a short key', async () => {
    receiver.mood = ({ headers }, response) =>
      response.end(`${headers.authorization?.split(' ')[1]} and ${headers['x-key']}`);
    const headers = { authorization: 'Bearer 0123456789abcdef', 'x-key': 'hunter2' };
    expect((await probe.attempt(receiver.url, { headers })).response_body).toBe('••••cdef and ••••');
  });

  test.each([
    ['after 4 KiB', 'x'.repeat(4_080), () => {}],
    ['where the connection breaks off', 'x', (response: ServerResponse) => setImmediate(() => response.destroy())],
  ])('nor does one whose echo is cut %s', async (_, before, after) => {
    receiver.mood = ({ headers }, response) => {
      response.writeHead(200).write(before + headers.authorization?.slice(0, -3));
      after(response);
    };
    const headers = { authorization: 'Bearer 0123456789abcdef' };
    expect((await probe.attempt(receiver.url, { headers })).response_body).toBe(before);
  });

  test('an endless body is read to 4 KiB and no further', async () => {
    let closed = false;
    receiver.mood = (_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (!closed && response.write('x'.repeat(1_024)));
      };
      response.on('drain', pour).on('close', () => {
        closed = true;
      });
      pour();
    };
    const attempt = await probe.attempt(receiver.url, { timeoutMs: 10_000 });
    expect(attempt).toMatchObject({ status: 200, error: null });
    expect(attempt.response_body).toBe('x'.repeat(4_096));
    expect(attempt.duration_ms).toBeLessThan(5_000);
    await until('the connection to be closed', () => closed);
  });

  test.each([
    ['of announced length', { 'content-length': '8' }],
    ['in pieces', {}],
  ])('an answer %s is kept whole, and its connection is used again', async (_, headers) => {
    const ports = new Set<number | undefined>();
    receiver.mood = (_, response) => {
      ports.add(response.socket?.remotePort);
      response.writeHead(200, headers).write('rece');
      setImmediate(() => response.end('ived'));
    };
    for (let i = 0; i < 5; i++)
      expect(await probe.attempt(receiver.url)).toMatchObject({ status: 200, error: null, response_body: 'received' });
    expect(ports.size).toBe(1);
  });

  test('an answer that was packed is unpacked, and kept to 4 KiB', async () => {
    const packed = gzipSync('x'.repeat(1_000_000));
    receiver.mood = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed);
    expect(packed.length).toBeLessThan(4_096);
    const { response_body } = await probe.attempt(receiver.url);
    expect(response_body).toBe('x'.repeat(4_096));
  });

  test('an answer that is shorter than announced is a success all the same', async () => {
    receiver.mood = (_, response) => {
      response.writeHead(200, { 'content-length': '8' }).write('rece');
      setImmediate(() => response.destroy());
    };
    expect(await probe.attempt(receiver.url)).toMatchObject({ status: 200, error: null });
  });

  test('a flood of headers is cut, but never Retry-After', async () => {
    receiver.mood = (_, response) => {
      for (let i = 0; i < 40; i++) response.setHeader(`a-${i}`, 'x'.repeat(300));
      response.writeHead(503, { 'retry-after': '120' }).end();
    };
    const { response_headers } = await probe.attempt(receiver.url);
    expect(response_headers['retry-after']).toBe('120');
    expect(JSON.stringify(response_headers).length).toBeLessThan(10_000);
  });

  test('a body that trickles is cut at the timeout, and what came is kept', async () => {
    receiver.mood = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('.'), 20);
      response.on('close', () => clearInterval(timer));
    };
    const attempt = await probe.attempt(receiver.url, { timeoutMs: 300 });
    expect(attempt).toMatchObject({ status: 200, error: null, warning: expect.stringContaining('0.3 seconds') });
    expect(attempt.response_body).toMatch(/^\.+$/);
    expect(attempt.duration_ms).toBeGreaterThanOrEqual(290);
    expect(attempt.duration_ms).toBeLessThan(3_000);
  });
});

describe('an attempt that gets no answer says why', () => {
  test('nothing listens there', async () => {
    const port = await listen(createServer());
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect(await probe.attempt(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: null,
      cause: 'refused',
      error: expect.stringContaining(`127.0.0.1:${port} refused the connection`),
    });
  });

  test('the receiver breaks the connection off', async () => {
    receiver.mood = drops;
    expect(await probe.attempt(receiver.url)).toMatchObject({ status: null, cause: 'broke_off' });
  });

  test('what listens there speaks no HTTP', async () => {
    const port = await listen(createServer((socket) => socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect(await probe.attempt(`http://127.0.0.1:${port}/`)).toMatchObject({ status: null, cause: 'broke_off' });
  });

  test('the receiver hangs', async () => {
    receiver.mood = () => {};
    const attempt = await probe.attempt(receiver.url, { timeoutMs: 200 });
    expect(attempt).toMatchObject({
      status: null,
      cause: 'timeout',
      error: expect.stringContaining('did not answer within 0.2 seconds'),
    });
    expect(attempt.duration_ms).toBeLessThan(3_000);
  });

  test('the host name does not resolve', async () => {
    expect(await probe.attempt('https://no-such-host.hubwire.example.com/')).toMatchObject({
      status: null,
      cause: 'dns',
      error: expect.stringContaining('no-such-host.hubwire.example.com does not resolve'),
    });
  });

  test('https where plain http is spoken', async () => {
    const url = receiver.url.replace('http:', 'https:');
    expect(await probe.attempt(url)).toMatchObject({ status: null, cause: 'tls' });
  });

  test('a certificate that nobody vouches for', async () => {
    let asked = 0;
    const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end(String(asked++))));
    for (const host of ['127.0.0.1', 'localhost'])
      expect(await probe.attempt(`https://${host}:${port}/`)).toMatchObject({
        status: null,
        cause: 'tls',
        error: expect.stringContaining('certificate'),
      });
    expect(asked).toBe(0);
  });
});
