// Waits for a condition, never for a fixed time: a test that sleeps is slow on a good day and wrong on a bad one.
// Owns the pause between two looks. The condition may be asynchronous; its first truthy value is what is returned.
// When it never comes the error says what was waited for.

/** Resolves with the first truthy value; rejects with the question when there was none in time. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  withinMs = 15_000,
): Promise<Exclude<NonNullable<T>, false>> {
  const end = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value) return value as Exclude<NonNullable<T>, false>;
    if (performance.now() > end) throw new Error(`Still waiting after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
