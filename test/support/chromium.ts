// Starts Chromium as a person would have it: bfcache, prerendering and background tabs work, and nothing says
// "automated", because trackers and collectors treat what says so as a bot. Owns the flags and nothing else;
// what all engines have in common is engine.ts. A new profile for every start.
import puppeteer, { type Browser } from 'puppeteer-core';
import { BROWSERS } from './browsers.mjs';

/** The real binary: the one on PATH is a wrapper that adds flags. A new profile for every start. */
export const launchChromium = (args: string[] = []): Promise<Browser> =>
  puppeteer.launch({
    executablePath: BROWSERS.chromium.path,
    headless: true,
    ignoreDefaultArgs: ['--disable-back-forward-cache', '--enable-automation'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-blink-features=AutomationControlled',
      ...args,
    ],
  });
