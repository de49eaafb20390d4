// What a kill -9 costs: in the middle of accepting and delivering every process is killed, started again, and given
// time. Owns that story, the same for whoever is killed. An event counts as accepted once its 202 has come, and as
// arrived once the receiver could answer: what was under way at the kill has to be sent again.
// Lost: it did not arrive in time and nobody holds it. Stuck: held still, and not sent in all that time.
import type { Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import type { Competitor } from './competitor.ts';
import { beaconOf, flatOut, openLine, signUp } from './load.ts';

/** Enough to have many pending and some under way at the moment of the kill. */
const ACCEPTED_BEFORE = 500;
/** How slow the receiver is until then; afterwards it answers at once, so that only the sender is waited for. */
const ANSWER_MS = 100;
const LOAD_MS = 60_000;

export type Killed = {
  '': string;
  killed: string;
  accepted: number;
  'arrived before': number;
  'back up after, s': number;
  'all arrived after, s': number | string;
  lost: number;
  stuck: number;
  'arrived twice': number;
};

/** Kills all of these at once; gives a row for each. */
export async function killed(
  receiver: Receiver,
  competitors: readonly Competitor[],
  withStore: boolean,
  limitMs: number,
): Promise<Killed[]> {
  const arrivals = new Map<string, number>();
  const back = new Set<string>();
  receiver.mood = ({ id, body }, response) => {
    receiver.hooks.length = 0;
    const answer = () => {
      if (response.destroyed) return;
      arrivals.set(id, (arrivals.get(id) ?? 0) + 1);
      response.writeHead(200).end('ok');
    };
    if (back.has(body.site_id ?? '')) answer();
    else setTimeout(answer, ANSWER_MS);
  };
  return Promise.all(competitors.map((it) => story(it, { arrivals, back }, withStore, limitMs)));
}

async function story(
  it: Competitor,
  { arrivals, back }: { arrivals: ReadonlyMap<string, number>; back: Set<string> },
  withStore: boolean,
  limitMs: number,
): Promise<Killed> {
  const accepted = new Set<string>();
  const line = openLine(it.url());
  let alive = true;
  const loading = flatOut(
    (_, elapsed) => alive && elapsed < LOAD_MS,
    async () => {
      const event = signUp();
      // What is refused by a dead server was never accepted; a page would send it again.
      await line.post(beaconOf(it.siteId, [event])).then(
        () => accepted.add(event.id),
        () => {},
      );
    },
    20,
  );
  await until('enough to be accepted', () => accepted.size >= ACCEPTED_BEFORE, LOAD_MS);
  await it.kill9(withStore);
  alive = false;
  await loading;
  line.close();
  const arrived = () => [...accepted].filter((id) => arrivals.has(id));
  const before = arrived().length;
  back.add(it.siteId);
  const from = performance.now();
  await it.start();
  const started = performance.now();
  const missing = () => accepted.size - arrived().length;
  const complete = await until('all to arrive', () => missing() === 0, limitMs).catch(() => false);
  const took = (performance.now() - started) / 1_000;
  const left = missing();
  const held = left === 0 ? 0 : await it.held();
  return {
    '': it.name,
    killed: it.name === 'hubwire' ? 'all there is' : withStore ? 'server, worker, store' : 'server, worker',
    accepted: accepted.size,
    'arrived before': before,
    'back up after, s': (started - from) / 1_000,
    'all arrived after, s': complete ? took : `not in ${limitMs / 1_000}`,
    lost: Math.max(0, left - held),
    stuck: Math.min(left, held),
    'arrived twice': [...accepted].filter((id) => (arrivals.get(id) ?? 0) > 1).length,
  };
}
