// KEPT UNTIL ACKNOWLEDGED: every event is stored before it is sent and removed when the collector answered.
// Owns batching, retry and taking turns between tabs. An event of this page goes out at once, beside whatever is in
// flight; only what was left over waits for the lock. So an event may be sent twice, from two tabs or by a retry that
// meets one in flight: the collector knows it by its id.
import { log, options } from './config.ts';
import { send } from './send.ts';
import { consent, disk, EVENT, keys, load } from './store.ts';

/** Below the 64 KiB for keepalive bodies at three bytes a character, and no more than the 50 events of a beacon. */
const CHARS_MAX = 1e4;
const AGE_MS = 6048e5;
/** Of `hub:e`, time and id. A site's id follows, but not where an older version stored it. */
const KEY_CHARS = 54;
const RETRY_MS = 1e3;
const RETRY_MS_MAX = 6e5;
/** Timers overflow after 24 days. */
const WAIT_S_MAX = 1e6;

export type Status = 'accepted' | 'kept' | 'dropped';

let retry = RETRY_MS;
let timer = 0;

/** Sends what is stored under these keys; a second try sends what is still there, as it may have been forgotten. */
export const deliver = async (batch: string[], keepalive = true): Promise<Status> => {
  let status: Status = 'kept';
  if (batch[0] && consent) {
    const body = JSON.stringify({ site_id: options.site, sent_at: new Date(), events: batch.map(load) });
    if (batch[1] && body.length > CHARS_MAX) {
      deliver(batch.splice(0, batch.length / 2));
      return deliver(batch);
    }
    let code: number | undefined;
    let answer: string | undefined;
    let wait: string | null | undefined;
    try {
      const response = await send(body, keepalive);
      answer = await response.text();
      wait = response.headers.get('retry-after');
      code = response.status;
    } catch {
      if (keepalive) return deliver(batch.filter(load), false);
    }
    if ((code as number) < 500 && code != 429) {
      batch.map((key) => delete disk[key]);
      retry = RETRY_MS;
      // Where it tells of a rejected event, that list is not empty; and where it is an error, there is no list.
      status = /\[]/.test(answer as string) ? 'accepted' : 'dropped';
    }
    // The wait doubles from try to try, and wraps round instead of growing for ever.
    else timer ||= setTimeout(flush, (+(wait as string) % WAIT_S_MAX) * 1e3 || (retry = (retry * 2) % RETRY_MS_MAX));
    log(status, code, answer, body);
  }
  return status;
};

/**
 * Sends what is left over, oldest first; tabs take turns where the browser has locks. Listed now, because what is raised
 * meanwhile is on its way already; sent `wait` milliseconds later, unless the collector has said when to come again.
 */
export const flush = (wait?: unknown): void => {
  clearTimeout(timer);
  timer = 0;
  const left = keys(EVENT);
  const run = () =>
    deliver(
      left.filter((key) =>
        load(key) && key > EVENT + (Date.now() - AGE_MS)
          ? !key[KEY_CHARS] || key.endsWith(options.site as string)
          : !delete disk[key],
      ),
    );
  const turn = () => timer || (navigator.locks?.request('hub', run).catch(run) ?? run());
  // Asking for the lock costs a millisecond, and most pages find nothing left. An event is not a number.
  if (left[0])
    if ((wait as number) > 0) setTimeout(turn, wait as number);
    else turn();
};
