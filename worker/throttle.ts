// How fast a lane may send now: steady, probing an endpoint that is down, or recovering after an outage. Pure, and
// derived from what is on disk, so that a restart neither hammers nor forgets. It delays; it never drops: while an
// endpoint is down, deliveries wait instead of using up their attempts.
import {
  BREAKER_FAILURES,
  BREAKER_MS,
  LANE_CONNECTIONS_MAX,
  PROBE_GAP_MS,
  RAMP_END_PER_S,
  RAMP_START_PER_S,
  RAMP_STEP_MS,
} from './limits.ts';

/** Times in ms. `failures`: in a row, of an endpoint that is down or says that it is overloaded. */
export type Health = {
  failures: number;
  failing_since: number | null;
  /** When the last outage ended; moved on by a failure while recovering. */
  recovered_at: number | null;
};

export type Allowance = {
  mode: 'steady' | 'probing' | 'recovering';
  connections: number;
  /** Null: as fast as the connections go. */
  perSecond: number | null;
};

const isDown = ({ failures, failing_since }: Health, now: number): boolean =>
  failures >= BREAKER_FAILURES && failing_since !== null && now - failing_since >= BREAKER_MS;

/** `maxPerSecond`: the integration's own pace, if it has one. */
export function allowance(health: Health, maxPerSecond: number | null, now: number): Allowance {
  if (isDown(health, now)) return { mode: 'probing', connections: 1, perSecond: 1_000 / PROBE_GAP_MS };
  const ramp =
    health.recovered_at === null ? Infinity : RAMP_START_PER_S * 2 ** ((now - health.recovered_at) / RAMP_STEP_MS);
  const recovering = ramp < RAMP_END_PER_S;
  const perSecond = Math.min(recovering ? ramp : Infinity, maxPerSecond ?? Infinity);
  return {
    mode: recovering ? 'recovering' : 'steady',
    connections: LANE_CONNECTIONS_MAX,
    perSecond: Number.isFinite(perSecond) ? perSecond : null,
  };
}

/** `refused`: this delivery by an endpoint that is up (schedule.ts), which is no reason to keep others waiting. */
export type Tried = 'succeeded' | 'refused' | 'failed';

/** The health after an attempt that began at `at` and ended at `now`. */
export function afterAttempt(health: Health, tried: Tried, at: number, now: number): Health {
  if (tried !== 'failed') {
    const failing_since = tried === 'succeeded' ? null : (health.failing_since ?? at);
    return { failures: 0, failing_since, recovered_at: isDown(health, now) ? now : health.recovered_at };
  }
  const ramping = allowance(health, null, now).mode === 'recovering';
  return {
    failures: health.failures + 1,
    failing_since: health.failing_since ?? at,
    recovered_at: ramping ? now : health.recovered_at,
  };
}

/** When a backlog will be gone at this pace (ms), by the growth of the ramp; null while it can't be told. */
export function backlogDoneAt(
  pending: number,
  { mode, perSecond }: Allowance,
  measuredPerSecond: number,
  now: number,
): number | null {
  if (pending === 0) return now;
  if (mode === 'probing') return null;
  const steady = Math.min(measuredPerSecond || RAMP_END_PER_S, RAMP_END_PER_S);
  if (mode === 'steady' || perSecond === null)
    return measuredPerSecond > 0 ? now + (pending / measuredPerSecond) * 1_000 : null;
  // While the pace doubles each step, the sum sent grows by pace · step / ln 2; after that it is steady.
  const step = RAMP_STEP_MS / 1_000 / Math.LN2;
  const untilSteady = Math.max(0, Math.log2(steady / perSecond)) * (RAMP_STEP_MS / 1_000);
  const sentByThen = step * Math.max(0, steady - perSecond);
  const seconds =
    pending <= sentByThen
      ? Math.log2(1 + pending / (step * perSecond)) * (RAMP_STEP_MS / 1_000)
      : untilSteady + (pending - sentByThen) / steady;
  return now + seconds * 1_000;
}

/** Spaces beginnings evenly; what was not used is not saved up. */
export class Pace {
  #gap = 0;
  #next = 0;

  /** How long until another may begin, in ms; 0: now. Never longer than the gap, also where the clock ran back. */
  wait(now: number): number {
    return Math.max(0, Math.min(this.#gap, this.#next - now));
  }

  begin(now: number, perSecond: number | null): void {
    this.#gap = perSecond === null ? 0 : 1_000 / perSecond;
    this.#next = now + this.#gap;
  }
}
