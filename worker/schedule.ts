// What follows an attempt: settled, or tried again at a time. Pure: clock and chance are handed in, so that the
// whole 75-hour schedule runs in a millisecond of test. Owns no state; the lane keeps what it decides.
import type { Cause } from './diagnose.ts';
import { EARLIER_ATTEMPTS_CHARS_MAX, JITTER_RATIO_MAX, PERMANENT_4XX_MS_MAX, RETRY_AFTER_MS_MAX } from './limits.ts';

/** One HTTP try, as the log shows it. `status` is null where there was no response; times in ms since 1970. */
export type Attempt = {
  at: number;
  duration_ms: number;
  status: number | null;
  /** What went wrong, in words; null after a 2xx. */
  error: string | null;
  /** What `error` is about, for programs. */
  cause?: Cause;
  /** A 2xx that is probably none, in words. */
  warning?: string;
  response_headers: Record<string, string>;
  response_body: string;
};

/** What a delivery knows of its attempts, the newest last. `dropped`: how many before them are no longer kept. */
export type Attempts = { attempts: Attempt[]; dropped?: number };

export const countOf = ({ attempts, dropped = 0 }: Attempts): number => dropped + attempts.length;

/** Before another run of the schedule: the newest, as many as have room in the row beside those that will come. */
export function newestOf(all: Attempts): Attempts {
  let chars = 0;
  const tooMany = all.attempts.findLastIndex((attempt) => {
    chars += JSON.stringify(attempt).length;
    return chars > EARLIER_ATTEMPTS_CHARS_MAX;
  });
  const attempts = all.attempts.slice(tooMany + 1);
  const dropped = countOf(all) - attempts.length;
  return dropped > 0 ? { attempts, dropped } : { attempts };
}

export type Verdict =
  | { kind: 'succeeded' }
  /** `gone`: the receiver answered 410, which asks never to be called again. */
  | { kind: 'failed'; gone: boolean }
  | { kind: 'retry'; at: number };

/** `attempts`: all of this run so far, the newest last. `waits`: seconds between attempts. `random`: 0 to 1. */
export function judge(attempts: readonly Attempt[], waits: readonly number[], now: number, random: number): Verdict {
  const [first, last] = [attempts[0], attempts.at(-1)];
  if (!first || !last) throw new Error('judge() needs at least one attempt');
  const { status } = last;
  if (status !== null && status >= 200 && status < 300) return { kind: 'succeeded' };
  if (status === 410) return { kind: 'failed', gone: true };
  const wait = waits[attempts.length - 1];
  if (wait === undefined) return { kind: 'failed', gone: false };
  const asked = retryAfterMs(last.response_headers['retry-after'], now);
  // By the schedule alone: neither jitter nor how long a try took makes a wait of a day one that is too long.
  const planned = last.at - first.at + Math.max(wait * 1_000, asked);
  if (isRefusal(status) && planned > PERMANENT_4XX_MS_MAX) return { kind: 'failed', gone: false };
  return { kind: 'retry', at: Math.round(now + Math.max(wait * 1_000 * (1 + random * JITTER_RATIO_MAX), asked)) };
}

/** Answers to this very delivery, which seldom mend themselves; 408, 429, 5xx and no answer at all are passing. */
export const isRefusal = (status: number | null): boolean =>
  status !== null && status < 500 && status !== 408 && status !== 429;

/** RFC 9110 section 10.2.3: seconds or a date. Unreadable or past: 0. Never over a day. */
export function retryAfterMs(header: string | undefined, now: number): number {
  if (!header) return 0;
  const text = header.trim();
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), RETRY_AFTER_MS_MAX);
}
