// What a user would write to send them on: takes events from the queue, signs them with standardwebhooks, posts them,
// and lets the queue try again what failed. `node worker.mjs bullmq|pg-boss STORE RECEIVER`.
import { Webhook } from 'standardwebhooks';

const [, , kind, store, receiver] = process.argv;
const TIMEOUT_MS = 15_000;
const webhook = new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
const queue = await (await import(`./${kind}.mjs`)).open(store);

/** One attempt; throws where it failed. */
async function deliver({ id, event, timestamp, site_id, user_session_id, attributes, fields }) {
  const body = JSON.stringify({ id, event, timestamp, site_id, user_session_id, ...attributes, ...fields });
  const at = new Date();
  const response = await fetch(receiver, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': webhook.sign(id, at, body),
    },
    body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.text();
  if (!response.ok) throw new Error(`the receiver answered ${response.status}`);
}

await queue.work(deliver);
process.send({ ready: true });
process.on('disconnect', () => process.exit());
