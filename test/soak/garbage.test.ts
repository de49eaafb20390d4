// What a request leaves in the runtime is collected, also in its parts that rest most of the time. Each service there,
// KV's among them, is an isolate of its own; nothing tells V8 of the native memory that its garbage holds.
import { afterAll, expect, test } from 'vitest';
import { admin, makeSite, newSignUp, post } from '../support/client.ts';
import { type Launched, launch } from '../support/launch.ts';
import { until } from '../support/until.ts';
import { memoryOf } from './memory.ts';

/** Each has a snapshot in KV, which a look at the stats reads: so many requests to KV's isolate at once. */
const SHARDS = 16;
const EVENTS = 50;
const [WARM_UP, LOOKS] = [300, 100];
/** Measured: 1 to 5 MiB; without bounds for V8, 49. */
const TOLERANCE_BYTES = 24 * 1_048_576;

let hub: Launched | undefined;
afterAll(async () => {
  await hub?.stop();
});

test('whoever keeps looking at the stats does not fill the memory', { timeout: 60_000 }, async () => {
  const { url, adminToken, workerdPid } = await launch({ env: { DEMO: 'false' } }).then((it) => (hub = it));
  const siteId = await makeSite({ url, adminToken }, { shards: SHARDS });
  const look = () =>
    admin<{ totals: { SignUpSuccess: number } }>({ url, adminToken }, 'GET', `/v1/sites/${siteId}/stats?range=24h`);
  await post(
    url,
    siteId,
    Array.from({ length: EVENTS }, () => newSignUp()),
  );
  await until('the figures of all shards', async () => (await look()).totals.SignUpSuccess === EVENTS);
  for (let i = 0; i < WARM_UP; i++) await look();
  const before = await memoryOf(workerdPid);
  for (let i = 0; i < LOOKS; i++) await look();
  const after = await memoryOf(workerdPid);
  expect(Number(after) - Number(before)).toBeLessThan(TOLERANCE_BYTES);
});
