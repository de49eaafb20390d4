// Starts Firefox over WebDriver BiDi. Owns its flags, and a second try: its first start on a busy machine sometimes
// fails. What all engines have in common is engine.ts. Closing a tab brings `visibilitychange` only, no `pagehide`:
// what a test expects of a closed tab has to hold without it.
import puppeteer, { type Browser } from 'puppeteer-core';
import { BROWSERS } from './browsers.mjs';

const TRIES = 3;

/** A new profile for every start. */
export async function launchFirefox(): Promise<Browser> {
  for (let left = TRIES; ; left--) {
    try {
      return await puppeteer.launch({
        browser: 'firefox',
        executablePath: BROWSERS.firefox.path,
        headless: true,
        extraPrefsFirefox: { 'dom.min_background_timeout_value': 100 },
      });
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}
