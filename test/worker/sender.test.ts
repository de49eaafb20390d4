import { expect, test } from 'vitest';
import type { Outside } from '../../worker/deliver.ts';
import type { Event } from '../../worker/event.ts';
import { InFlight } from '../../worker/in-flight.ts';
import type { LaneTables } from '../../worker/lane-tables.ts';
import { LANE_HEARTBEAT_MS } from '../../worker/limits.ts';
import { Sender } from '../../worker/sender.ts';

const NOW = 1_000_000;
const job = { n: 1, at: 0, event: { event: 'SignUpSuccess' } as Event, attempts: [] };

/** A lane whose rows are these; a row that has begun is not counted as due. */
function senderOf(work: InFlight, rows: { n: number; due: number }[]): Sender {
  const nextDue = (begun: readonly number[]) => rows.find(({ n }) => !begun.includes(n))?.due ?? null;
  const outside = { now: () => NOW } as Outside;
  const log = { nextDue } as unknown as LaneTables;
  return new Sender({ work, log, outside, random: () => 0, ended: () => {}, resume: () => {} });
}

test('with nothing to send there is no alarm; with a retry that waits it stands at its time', () => {
  expect(senderOf(new InFlight(0, []), []).nextSend()).toBeNull();
  expect(senderOf(new InFlight(0, []), [{ n: 1, due: NOW + 60_000 }]).nextSend()).toBe(NOW + 60_000);
});

test('from the beginning of a retry until it is written down, the alarm stays near: a crash between loses no wake-up', () => {
  const work = new InFlight(1, []);
  const sender = senderOf(work, [{ n: 1, due: NOW - 1 }]);
  work.again([job]);
  work.next();
  expect(sender.nextSend()).toBe(NOW + LANE_HEARTBEAT_MS);
  work.end({ kind: 'retry', job, due: NOW + 60_000 });
  expect(sender.nextSend()).toBe(NOW + LANE_HEARTBEAT_MS);
});
