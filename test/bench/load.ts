// How the benchmarks put load on a collector: at a steady rate whatever the answers do (so that a slow answer delays no
// later event and is not hidden), or as much as goes with so many connections. Owns connections, bodies, and the
// receiver that all are measured with.
import { Agent, request } from 'node:http';
import type { WireEvent } from '../../worker/beacon.ts';
import { newSignUp } from '../support/client.ts';
import { Receiver } from '../support/receiver.ts';

const CONNECTIONS = 50;
/**
 * Longer than any pause of a benchmark. Node closes an idle connection after 5 s, and on a machine that is short of CPU a
 * sender meets the closing one: its next try, 5 s or 5 min later, would be measured instead of its speed.
 */
export const KEPT_MS = 10 * 60_000;

/** A sign-up as a shop's form sends it. */
export const signUp = (more: Partial<WireEvent> = {}): WireEvent =>
  newSignUp({
    attributes: { page_url: 'https://shop.example.com/', page_title: 'Shop', language: 'en' },
    fields: { email: 'joe@bloggs.com', first_name: 'Joe' },
    ...more,
  });

export const beaconOf = (siteId: string, events: readonly WireEvent[]): string =>
  JSON.stringify({ site_id: siteId, sent_at: new Date().toISOString(), events });

export const startReceiver = (): Promise<Receiver> => new Receiver().start(0, KEPT_MS);

export type Line = { post(body: string): Promise<void>; close(): void };

/** Kept connections to one address; anything but 202 is an error. */
export function openLine(url: string, connections = CONNECTIONS): Line {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    post: (body) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) };
        const sent = request(url, { agent, method: 'POST', headers }, (response) => {
          response.resume();
          response.once('end', () =>
            response.statusCode === 202 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
          );
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** So many a second for so long; resolves when each has been answered. */
export async function steadily(perSecond: number, seconds: number, one: () => Promise<unknown>): Promise<void> {
  const from = performance.now();
  const sending: Promise<unknown>[] = [];
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - from) / 1_000;
      while (sending.length < Math.min(elapsed, seconds) * perSecond) sending.push(one());
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await Promise.all(sending);
}

/** As much as goes, `connections` at a time, until `more` says no; gives how many there were, and how many a second. */
export async function flatOut(
  more: (count: number, elapsedMs: number) => boolean,
  one: () => Promise<unknown>,
  connections = CONNECTIONS,
): Promise<{ count: number; perSecond: number }> {
  const from = performance.now();
  let count = 0;
  const worker = async () => {
    while (more(count, performance.now() - from)) {
      count++;
      await one();
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { count, perSecond: count / ((performance.now() - from) / 1_000) };
}
