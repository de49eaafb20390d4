// Patience with browser drivers: a command that is overtaken by a navigation of the page is sometimes never answered
// (Firefox over BiDi), and puppeteer would wait three minutes. Owns how long a driver may think, and the words of the
// error, by which test/browser/vitest.config.ts knows that the driver failed and not the tracker.
const ANSWER_MS = 5_000;

/** What the driver answers; an error that names the command where it answers nothing. */
export async function answered<T>(what: string, command: Promise<T>, withinMs = ANSWER_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer from the driver in ${withinMs} ms: ${what}`)), withinMs);
  });
  try {
    return await Promise.race([command, silence]);
  } finally {
    clearTimeout(timer);
  }
}
