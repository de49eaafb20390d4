// Waits for a condition, never for a fixed time: a test that sleeps is slow on a good day and wrong on a bad one.
// Owns the pause between two looks: a part of the time waited, so that what is waited for is not kept from coming by
// being looked at. The condition may be asynchronous; its first truthy value is what is returned. When it never comes
// the error says what was waited for.

const PAUSE_MS_MIN = 10;
const PAUSE_MS_MAX = 250;
const PAUSE_RATIO = 0.1;

/** Resolves with the first truthy value; rejects with the question when there was none in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<Exclude<NonNullable<T>, false>> {
  const from = performance.now();
  for (;;) {
    const value = await look();
    if (value) return value as Exclude<NonNullable<T>, false>;
    const waited = performance.now() - from;
    if (waited > withinMs) throw new Error(`Still waiting after ${withinMs} ms: ${what}`);
    const pause = Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS_MIN, waited * PAUSE_RATIO));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
