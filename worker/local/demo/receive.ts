// One webhook, judged: is it signed by hubwire, what is it, and how do we answer?
// Owns the rules that a receiver of one's own should copy: verify the raw bytes first, answer 401 to a bad signature.
// Leaves the waiting of a hanging answer to app.ts.
// Trade-off: the switch decides the answer even before the signature does; a broken receiver checks nothing either.
import { Webhook } from 'standardwebhooks';
import { SHOWN_CHARS_MAX } from '../limits.ts';

/** How the receiver behaves; switched on its page. */
export const MODES = ['ok', 'fail', 'hang', 'gone'] as const;
export type Mode = (typeof MODES)[number];

export type Received = {
  at: Date;
  id: string;
  event: string;
  attempt: number;
  verified: boolean;
  /** Why the signature was refused. */
  problem: string | null;
  /** The status of the answer; null where there is none. */
  answer: 200 | 401 | 410 | 500 | null;
  /** Cut for showing. */
  body: string;
};

/** Judges what came in; `secret` is the integration's, `whsec_…`. */
export function receive(raw: string, headers: Headers, secret: string, mode: Mode, at: Date): Received {
  const problem = verify(raw, headers, secret);
  return {
    at,
    id: headers.get('webhook-id') ?? '',
    event: eventOf(raw),
    attempt: Number(headers.get('hubwire-attempt')) || 1,
    verified: problem === null,
    problem,
    answer: answerOf(mode, problem === null),
    body: raw.length > SHOWN_CHARS_MAX ? `${raw.slice(0, SHOWN_CHARS_MAX)}…` : raw,
  };
}

function verify(raw: string, headers: Headers, secret: string): string | null {
  try {
    new Webhook(secret).verify(raw, {
      'webhook-id': headers.get('webhook-id') ?? '',
      'webhook-timestamp': headers.get('webhook-timestamp') ?? '',
      'webhook-signature': headers.get('webhook-signature') ?? '',
    });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function answerOf(mode: Mode, verified: boolean): Received['answer'] {
  if (mode === 'fail') return 500;
  if (mode === 'gone') return 410;
  if (mode === 'hang') return null;
  return verified ? 200 : 401;
}

function eventOf(raw: string): string {
  try {
    const body: unknown = JSON.parse(raw);
    if (typeof body === 'object' && body !== null && 'event' in body && typeof body.event === 'string')
      return body.event;
  } catch {
    // Shown as it came.
  }
  return '(not JSON)';
}
