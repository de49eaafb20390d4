// KEPT UNTIL ACKNOWLEDGED: every event is stored before it is sent and removed when the collector answered.
// Owns batching, retry and taking turns between tabs. An event of this page goes out at once, beside whatever is in
// flight; only what was left over waits for the lock. So an event may be sent twice, from two tabs or by a retry that
// meets one in flight: the collector knows it by its id.
import { log, options } from './config.ts';
import { send } from './send.ts';
import { consent, disk, EVENT, keys, put } from './store.ts';

const EVENTS_MAX = 50;
/** Three bytes a character at most: below the 64 KiB for keepalive bodies. */
const CHARS_MAX = 2e4;
const AGE_MS = 6048e5;
const RETRY_MS = 2e3;
const RETRY_MS_MAX = 6e5;

export type Status = 'accepted' | 'kept' | 'dropped';

let retry = RETRY_MS;
let timer: ReturnType<typeof setTimeout>;

const deliver = async (batch: string[]): Promise<Status> => {
  let status: Status = 'kept';
  batch = batch.filter((key) => disk[key]);
  if (consent && batch[0]) {
    const events = batch.map((key) => disk[key]);
    const body = `{"site_id":"${options.site}","sent_at":"${new Date().toISOString()}","events":[${events}]}`;
    if (batch[1] && (batch[EVENTS_MAX] || body.length > CHARS_MAX)) {
      const rest = batch.splice(batch.length / 2);
      deliver(batch);
      return deliver(rest);
    }
    const [response, answer] = (await send(body)) || [];
    const code = response?.status as number;
    if (code < 500 && code != 429) {
      for (const key of batch) delete disk[key];
      retry = RETRY_MS;
      status = response?.ok && !answer?.includes(batch[0].slice(-36)) ? 'accepted' : 'dropped';
    } else {
      clearTimeout(timer);
      timer = setTimeout(again, +(response?.headers.get('retry-after') as string) * 1e3 || retry);
    }
    log(status, code, answer, body);
  }
  return status;
};

/** The wait doubles from try to try, and wraps round instead of growing for ever. */
const again = (): void => {
  retry = (retry * 2) % RETRY_MS_MAX;
  flush();
};

/** Stores a finished event, then sends it. */
export const keep = (id: string, json: string, time: number): Promise<Status> => {
  const key = EVENT + time + id;
  put(key, json);
  return deliver([key]);
};

/** Sends what is left over, oldest first; tabs take turns where the browser has locks. */
export const flush = async (): Promise<void> => {
  const left = keys(EVENT);
  const run = () => {
    for (const key of left) if (Date.now() - +key.slice(5, 18) > AGE_MS) delete disk[key];
    return deliver(left);
  };
  try {
    await navigator.locks.request('hub', run);
  } catch {
    run();
  }
};
