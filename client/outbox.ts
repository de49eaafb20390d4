// KEPT UNTIL ACKNOWLEDGED: every event is stored before it is sent and removed when the collector answered.
// Owns batching, retry and taking turns between tabs. An event of this page goes out at once, beside whatever is in
// flight; only what was left over waits for the lock. So another tab may send what is still in flight here:
// the collector knows an event by its id.
import { log, options } from './config.ts';
import { send } from './send.ts';
import { consent, EVENT, get, keys, put, remove } from './store.ts';

const EVENTS_MAX = 50;
/** Three bytes a character at most: below the 64 KiB for keepalive bodies. */
const CHARS_MAX = 2e4;
const AGE_MS = 6048e5;
const RETRY_MS = 2e3;
const RETRY_MS_MAX = 6e5;

export type Status = 'accepted' | 'kept' | 'dropped';

const flying = new Set<string>();
let retry = RETRY_MS;
let timer: ReturnType<typeof setTimeout>;
/** The collector asked for it with Retry-After. */
let quiet: unknown;

const deliver = async (batch: string[]): Promise<Status> => {
  batch = batch.filter((key) => !flying.has(key) && get(key));
  if (!consent || quiet || !batch[0]) return 'kept';
  const body = `{"site_id":"${options.site}","sent_at":"${new Date().toISOString()}","events":[${batch.map(get)}]}`;
  if (batch[1] && (batch[EVENTS_MAX] || body.length > CHARS_MAX)) {
    const rest = batch.splice(batch.length / 2);
    deliver(batch);
    return deliver(rest);
  }
  batch.map((key) => flying.add(key));
  const response = await send(body);
  const code = response?.status as number;
  batch.map((key) => flying.delete(key));
  if (code < 500 && code != 429) {
    const answer = await response?.text();
    log(code, answer, body);
    batch.map(remove);
    retry = RETRY_MS;
    return response?.ok && !answer?.includes((batch[0] as string).slice(-36)) ? 'accepted' : 'dropped';
  }
  const wait = +(response?.headers.get('retry-after') as string) * 1e3;
  quiet = wait;
  log('kept', code, body);
  clearTimeout(timer);
  timer = setTimeout(flush, wait || retry);
  // Doubles, and wraps round instead of growing for ever.
  retry = (retry * 2) % RETRY_MS_MAX;
  return 'kept';
};

/** Stores a finished event, then sends it. */
export const keep = (id: string, json: string, time: number): Promise<Status> => {
  const key = EVENT + time + id;
  put(key, json);
  return deliver([key]);
};

/** Sends what is left over, oldest first; tabs take turns where the browser has locks. */
export const flush = async (): Promise<void> => {
  const run = () =>
    deliver(keys(EVENT).filter((key) => Date.now() - +key.slice(EVENT.length, -36) < AGE_MS || remove(key)));
  quiet = 0;
  try {
    await navigator.locks.request('hub', run);
  } catch {
    run();
  }
};
