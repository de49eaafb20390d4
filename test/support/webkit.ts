// Starts WebKitGTK's MiniBrowser by plain WebDriver over HTTP, on a virtual display. It is Safari's engine, not Safari.
// Owns the driver process, the display and the order of commands: each goes to one window, so tabs take turns.
// Tabs that the driver opens are hidden; one comes to the front when those before it are closed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { answered } from './answered.ts';
import { BROWSERS } from './browsers.mjs';
import type { Engine, Tab } from './engine.ts';
import { until } from './until.ts';

const MINIBROWSERS = ['x86_64', 'aarch64'].map((arch) => `/usr/lib/${arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);

/** A whole page load is one command here. */
const SLOWEST_MS = 15_000;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startDisplay(): Promise<{ name: string; process: ChildProcess }> {
  // Xvfb picks a free display itself and writes its number to descriptor 3.
  const process = spawn(BROWSERS.display.path, ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = await once(process.stdio[3] as NodeJS.ReadableStream, 'data');
  return { name: `:${String(number).trim()}`, process };
}

/** The driver, the display and the browser end together. */
export async function launchWebKit(): Promise<Engine> {
  const display = await startDisplay();
  const port = await freePort();
  const driver = spawn(BROWSERS.webkit.path, ['--host=127.0.0.1', `--port=${port}`], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: display.name,
      WEBKIT_SKIA_ENABLE_CPU_RENDERING: '1',
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    },
  });
  const call = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = method === 'POST' ? { method, body: JSON.stringify(body ?? {}) } : { method };
    const response = await answered(path, fetch(`http://127.0.0.1:${port}${path}`, init), SLOWEST_MS);
    const { value } = (await response.json()) as { value: unknown };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  await until('the WebKit driver', () => call('GET', '/status').catch(() => false));
  const binary = MINIBROWSERS.find((path) => existsSync(path));
  // Nothing outlives the tests, whatever ends them.
  const stop = () => [driver, display.process].map((one) => one.kill());
  process.once('exit', stop);
  const { sessionId } = (await call('POST', '/session', {
    capabilities: {
      alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: ['--automation'] }, pageLoadStrategy: 'normal' },
    },
  })) as { sessionId: string };
  const at = `/session/${sessionId}`;
  let front = (await call('GET', `${at}/window`)) as string;
  let frontIsFree = true;
  let turn: Promise<unknown> = Promise.resolve();
  const inWindow = <T>(handleOf: () => string, run: () => Promise<T>): Promise<T> => {
    const mine = turn.then(async () => {
      await call('POST', `${at}/window`, { handle: handleOf() });
      return run();
    });
    turn = mine.catch(() => undefined);
    return mine;
  };

  const inFront = () => front;
  const tabOf = (handleOf: () => string): Tab => ({
    goto: (url) => inWindow(handleOf, async () => void (await call('POST', `${at}/url`, { url }))),
    run: <T>(expression: string) =>
      inWindow(handleOf, () =>
        call('POST', `${at}/execute/sync`, { script: `return (${expression})`, args: [] }),
      ) as Promise<T>,
    click: (selector) =>
      inWindow(handleOf, async () => {
        const found = await call('POST', `${at}/element`, { using: 'css selector', value: selector });
        const [element] = Object.values(found as Record<string, string>);
        await call('POST', `${at}/element/${element}/click`);
      }),
    close: () =>
      inWindow(handleOf, async () => {
        if (handleOf() !== front) return void (await call('DELETE', `${at}/window`));
        // The session ends with its last window, so the one in front is emptied and used again.
        await call('POST', `${at}/url`, { url: 'about:blank' });
        frontIsFree = true;
      }),
  });

  const openBehind = async (): Promise<string> => {
    const opened = await inWindow(inFront, () => call('POST', `${at}/window/new`, { type: 'tab' }));
    return (opened as { handle: string }).handle;
  };
  const closeWindow = (handle: string) =>
    inWindow(
      () => handle,
      () => call('DELETE', `${at}/window`),
    );

  return {
    name: 'webkit',
    open: async () => {
      const handle = frontIsFree ? undefined : await openBehind();
      if (handle) return tabOf(() => handle);
      frontIsFree = false;
      return tabOf(inFront);
    },
    openHidden: async (_tab, _link, url) => {
      const handle = await openBehind();
      await tabOf(() => handle).goto(url);
      return {
        show: async () => {
          const handles = (await call('GET', `${at}/window/handles`)) as string[];
          for (const other of handles) if (other !== handle) await closeWindow(other);
          // From here on, whoever holds the tab in front holds this one.
          front = handle;
        },
        close: async () => {
          if (handle !== front) await closeWindow(handle);
        },
      };
    },
    close: async () => {
      await call('DELETE', at).catch(() => undefined);
      const gone = [driver, display.process].map((one) => once(one, 'exit'));
      stop();
      process.off('exit', stop);
      await Promise.all(gone);
    },
  };
}
