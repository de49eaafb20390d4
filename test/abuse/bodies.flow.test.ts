// Bodies that are too large, lied about, packed, or never end, on raw sockets to what ships: refused, cut off or left
// waiting without holding anybody up. What a body of the right size may hold is test/fuzz/beacon.
// Memory is compared within one run, with room for the runtime's own pools.
import { type ClientRequest, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { booksOf, makeSite, newSignUp, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { residentBytes } from '../support/resident.ts';
import { until } from '../support/until.ts';

const LIMIT = 65_536;
/** Bodies that never end, at once. */
const SLOW = 200;

let hub: Launched;
let siteId: string;
beforeAll(async () => {
  hub = await launch({ env: { DEMO: 'false' } });
  siteId = await makeSite(hub);
});
afterAll(() => hub.stop());

const beacon = () => JSON.stringify({ site_id: siteId, sent_at: new Date().toISOString(), events: [newSignUp()] });
const signUps = async () => (await booksOf(hub, siteId)).events.SignUpSuccess;

/** Sends the bytes as they are and gives the status line's code; 0 where the connection was closed without one. */
async function raw(headers: string[], body: string | Buffer, path = '/v1/events'): Promise<number> {
  const { host, hostname, port } = new URL(hub.url);
  const socket = connect(Number(port), hostname);
  const lines = [`POST ${path} HTTP/1.1`, `host: ${host}`, 'content-type: text/plain', 'connection: close', ...headers];
  socket.on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  let text = '';
  for await (const chunk of socket) {
    text += chunk;
    if (text.includes('\r\n\r\n')) break;
  }
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
}

/** Writes everything, and only then looks for the answer: its status; 0 where the connection broke before. */
async function written(headers: string[], body: string, path: string): Promise<number> {
  const { host, hostname, port } = new URL(hub.url);
  const socket = connect(Number(port), hostname).pause();
  const lines = [`POST ${path} HTTP/1.1`, `host: ${host}`, 'content-type: text/plain', 'connection: close', ...headers];
  const broke = new Promise<null>((resolve) => socket.once('error', () => resolve(null)));
  const sent = new Promise<true>((resolve) =>
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, () => resolve(true)),
  );
  if (!(await Promise.race([sent, broke]))) return 0;
  const answer = new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  socket.resume();
  const text = await Promise.race([answer, broke]);
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text ?? '')?.[1] ?? 0);
}
const chunked = (body: string, size = 1_000) => {
  const parts = body.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  return `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`;
};

describe('a body', () => {
  test('of exactly 64 KiB is taken, announced or in chunks; one byte more is not', async () => {
    const before = await signUps();
    const [full, over] = [beacon().padEnd(LIMIT), beacon().padEnd(LIMIT + 1)];
    expect(await raw([`content-length: ${LIMIT}`], full)).toBe(202);
    expect(await raw([`content-length: ${LIMIT + 1}`], over)).toBe(413);
    expect(await raw(['transfer-encoding: chunked'], chunked(beacon().padEnd(LIMIT)))).toBe(202);
    expect(await raw(['transfer-encoding: chunked'], chunked(over))).toBe(413);
    expect(await signUps()).toBe(before + 2);
  });

  test('whose length is a lie is refused, and nothing of it is taken', async () => {
    const before = await signUps();
    const body = beacon();
    expect(await raw([`content-length: ${body.length - 1}`], body)).toBe(400);
    for (const length of ['-1', '1e3', '0x10', '', '99999999999999999999', '5, 6'])
      expect([length, await raw([`content-length: ${length}`], body)]).toEqual([
        length,
        expect.toBeOneOf([0, 400, 413]),
      ]);
    expect(await raw(['content-length: 3', `content-length: ${body.length}`], body)).toBe(400);
    expect(await raw(['content-length: 99999999999'], body)).toBe(413);
    expect(await raw(['transfer-encoding: chunked'], 'zz\r\nx')).toBeOneOf([0, 400]);
    expect(await signUps()).toBe(before);
  });

  test.each(['/v1/events', '/v1/sites'])(
    'of 70 KB to 10 MB is answered 413 at %s, in chunks or announced, also to who writes all before it reads',
    async (path) => {
      for (const bytes of [70_000, 1_100_000, 10_000_000])
        for (const framing of ['content-length', 'transfer-encoding']) {
          const body = 'x'.repeat(bytes);
          const inChunks = framing === 'transfer-encoding';
          const header = inChunks ? 'transfer-encoding: chunked' : `content-length: ${bytes}`;
          const sent = inChunks ? chunked(body, 16_384) : body;
          const status = await written([header, `authorization: Bearer ${hub.adminToken}`], sent, path);
          expect([bytes, framing, status]).toEqual([bytes, framing, 413]);
        }
    },
  );

  test('that promises 10 GB in chunks is cut off at the limit', async () => {
    const { host, hostname, port } = new URL(hub.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    // Written to after the other end had closed.
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `POST /v1/events HTTP/1.1\r\nhost: ${host}\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const chunk = `4000\r\n${'x'.repeat(16_384)}\r\n`;
    const more = (): void => {
      if (socket.destroyed || socket.bytesWritten > 10_000_000_000) socket.destroy();
      else if (socket.write(chunk)) setImmediate(more);
      else socket.once('drain', more);
    };
    more();
    await closed;
    // Where the connection was closed before the answer was read, it is lost; what counts is that it was closed.
    expect(answer.slice(9, 12)).toBeOneOf(['413', '']);
    // The sockets on both ends hold more than what was read.
    expect(socket.bytesWritten).toBeLessThan(64_000_000);
  });

  test('that is packed is not unpacked: 64 MB of zeros in 64 KB are no JSON, and cost nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(60_000_000), { level: 9 });
    expect(bomb.length).toBeLessThan(LIMIT);
    const before = await residentBytes(hub.workerdPid);
    for (const encoding of ['gzip', 'deflate', 'br', 'gzip, gzip'])
      for (const path of ['/v1/events', '/v1/sites'])
        expect(
          await raw(
            [
              `content-length: ${bomb.length}`,
              `content-encoding: ${encoding}`,
              `authorization: Bearer ${hub.adminToken}`,
            ],
            bomb,
            path,
          ),
        ).toBe(400);
    expect((await residentBytes(hub.workerdPid)) - before).toBeLessThan(50_000_000);
    const honest = gzipSync(beacon());
    expect(await raw([`content-length: ${honest.length}`, 'content-encoding: gzip'], honest)).toBe(400);
  });

  test('of the admin API is bounded likewise', async () => {
    const authorization = `authorization: Bearer ${hub.adminToken}`;
    const over = 'x'.repeat(LIMIT + 1);
    expect(await raw([authorization, `content-length: ${over.length}`], over, '/v1/sites')).toBe(413);
    expect(await raw([authorization, 'transfer-encoding: chunked'], chunked(over), '/v1/sites')).toBe(413);
  });
});

test(`${SLOW} bodies that never end hold nobody up, and leave nothing behind`, async () => {
  await post(hub.url, siteId, [newSignUp()]);
  const before = [await signUps(), await residentBytes(hub.workerdPid)];
  const slow: ClientRequest[] = [];
  let answered = 0;
  for (let i = 0; i < SLOW; i++) {
    const headers = { 'content-type': 'text/plain', 'content-length': beacon().length };
    const call = request(`${hub.url}/v1/events`, { method: 'POST', headers, agent: false });
    call.on('error', () => {});
    call.on('response', () => answered++);
    call.write(beacon().slice(0, i));
    slow.push(call);
  }
  await until('the connections', () => slow.every((call) => call.socket && !call.socket.connecting));
  // One after the other, each answered: were they in anybody's queue, this would hang.
  for (let i = 0; i < 20; i++) await post(hub.url, siteId, [newSignUp()]);
  expect((await fetch(`${hub.url}/health`)).status).toBe(200);
  expect(answered).toBe(0);
  expect((await residentBytes(hub.workerdPid)) - (before[1] ?? 0)).toBeLessThan(100_000_000);
  for (const call of slow) call.destroy();
  expect(await signUps()).toBe((before[0] ?? 0) + 20);
});
