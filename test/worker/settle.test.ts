import { expect, test } from 'vitest';
import type { Event } from '../../worker/event.ts';
import type { Job } from '../../worker/in-flight.ts';
import type { LaneTotals } from '../../worker/lane-tables.ts';
import { settle } from '../../worker/settle.ts';

const NOW = 1_000_000_000;
const FAILING: LaneTotals = {
  triggers: {},
  latency: {},
  health: { failures: 3, failing_since: NOW - 60_000, recovered_at: null },
  last_error: { at: NOW - 30_000, error: 'The endpoint answered 500.' },
};
const tried = { at: NOW - 30_000, duration_ms: 5, status: 500, error: 'x', response_headers: {}, response_body: '' };
const job: Job = { n: 1, at: NOW - 60_000, event: { event: 'SignUpSuccess' } as Event, attempts: [tried] };

test('a retry that is skipped tells nothing of the endpoint: its attempts were counted when they were made', () => {
  const { totals } = settle([{ kind: 'settled', job, status: 'skipped', reason: 'off' }], FAILING, 'My site', NOW);
  expect([totals.health, totals.last_error]).toEqual([FAILING.health, FAILING.last_error]);
  expect(totals.triggers.SignUpSuccess).toEqual({ succeeded: 0, failed: 0, skipped: 1 });
});
