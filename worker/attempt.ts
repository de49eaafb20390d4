// One turn of one job: send it, judge the answer, say how the turn ended. It joins payload, deliver and schedule, and
// touches no state: the lane decides when a turn begins and writes down how it ended.
import { deliver, type Outside } from './deliver.ts';
import type { Job, Turn } from './in-flight.ts';
import { payload } from './payload.ts';
import type { LaneConfig } from './rpc.ts';
import { countOf, judge } from './schedule.ts';

export const NO_SUCCESS = 'Disabled: five days of failures without a single success.';
export const GONE = 'The endpoint answered 410: it asks never to be called again.';

/** `random`: 0 to 1, for the jitter of the next wait. Never rejects. */
export async function attempt(job: Job, config: LaneConfig, outside: Outside, random: number): Promise<Turn> {
  const { event } = job;
  const { url, schedule_seconds } = config.integration;
  const body = payload(event, config);
  const tried = await deliver(
    {
      id: event.id,
      url,
      body,
      attempt: countOf(job) + 1,
      credentials: config.credentials,
      own_hosts: config.own_hosts,
    },
    outside,
  );
  const attempts = [...job.attempts, tried];
  const after = { ...job, attempts };
  const thisRun = attempts.slice((job.from ?? 0) - (job.dropped ?? 0));
  const verdict = judge(thisRun, schedule_seconds, outside.now(), random);
  switch (verdict.kind) {
    case 'retry':
      return { kind: 'retry', job: after, due: verdict.at };
    case 'succeeded':
      return { kind: 'settled', job: after, status: 'succeeded', reason: null };
    case 'failed':
      return { kind: 'settled', job: after, status: 'failed', reason: verdict.gone ? GONE : tried.error };
  }
}
