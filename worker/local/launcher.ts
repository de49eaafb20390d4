// `npm start` itself: everything that hubwire is, on this machine, in one data folder.
// Owns the order of starting (settings, lock, orphans, format, ports, build, runtime, demo, ready) and of ending.
// Leaves each step to its own file; nothing here knows how one is done.
// Trade-off: production is `wrangler deploy`; this serves one machine, without TLS and without a second process to
// take over. It is made to be killed at any moment and started again.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nanoid } from 'nanoid';
import { buildClient, buildWorker, endBuilding } from './build.ts';
import { claimDataFolder } from './claim.ts';
import { findDashboard } from './dashboard.ts';
import { type Demo, startDemo } from './demo.ts';
import { keepFormat } from './format.ts';
import { REAP_WAIT_MS, STOP_WAIT_MS } from './limits.ts';
import type { Lock, Running } from './lock.ts';
import { findWorkerd } from './orphan.ts';
import { askPort, urlOf } from './ports.ts';
import { type Runtime, startRuntime } from './runtime.ts';
import { say, step, surviveClosedOutput, table, warn } from './say.ts';
import { keepSecretsKey } from './secrets-key.ts';
import { enableDemo, seedDemo } from './seed.ts';
import { isShortToken, readSettings, type Settings } from './settings.ts';
import { keepAdminToken } from './token.ts';

const root = join(import.meta.dirname, '..', '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let lock: Lock | undefined;
let runtime: Runtime | undefined;
let demo: Demo | undefined;
let stopping = false;

async function start(settings: Settings): Promise<void> {
  say(`hubwire ${version}`);
  const claim = await claimDataFolder(settings.dataDir, say);
  if (!claim.ok) return exit(claim.sentence);
  lock = claim.lock;
  const format = keepFormat(settings.dataDir, version);
  if (!format.ok) exit(format.sentence);

  const run = nanoid();
  const running: Running = {
    run,
    pid: process.pid,
    since: new Date().toISOString(),
    url: null,
    demoUrl: null,
    workerdPid: null,
  };
  // Before the runtime exists: were we killed now, the next start would know its mark.
  lock.note(running);

  const demoPort = settings.port === 0 ? 0 : settings.port + 1;
  await portOrExit(settings.host, settings.port, 'hubwire');
  if (settings.demo) await portOrExit(settings.host, demoPort, 'The demo');

  const adminToken = settings.adminToken ?? keepAdminToken(settings.dataDir);
  const secretsKey = keepSecretsKey(settings.dataDir, settings.secretsKey);
  if (!secretsKey.ok) exit(secretsKey.sentence);
  const assetsDir = join(settings.dataDir, 'assets');
  mkdirSync(assetsDir, { recursive: true });
  await step('Build the tracker', () => buildClient(assetsDir));
  const script = await step('Build the Worker', buildWorker);
  await endBuilding();

  const note = () => lock?.note({ ...running, workerdPid: findWorkerd(run)[0] ?? null });
  runtime = await step('Start the Worker', () =>
    startRuntime(
      {
        ...settings,
        script,
        assetsDir,
        stateDir: join(settings.dataDir, 'state'),
        run,
        version,
        adminToken,
        secretsKey: secretsKey.key,
      },
      {
        line: (level, message) => (level === 'log' || level === 'info' ? say(message) : warn(message)),
        restarted: () => {
          note();
          warn('The Workers runtime died and is back. Nothing that was accepted is lost.');
        },
        lost: (reason) =>
          stop(1, `The Workers runtime died and could not be restarted: ${reason} Run npm start again.`),
      },
    ),
  );
  const url = urlOf(settings.host, runtime.port);
  running.url = url;
  note();

  if (settings.demo) {
    demo = await startDemo({
      host: settings.host,
      port: demoPort,
      collectorUrl: url,
      enable: async () => {
        const problem = await enableDemo(url, adminToken);
        if (problem !== null) warn(problem);
      },
    });
    const demoUrl = demo.url;
    const { readPublished } = runtime;
    running.demoUrl = demoUrl;
    note();
    const seeded = await step('Set up the demo', () =>
      seedDemo({ dataDir: settings.dataDir, url, adminToken, demoUrl, readPublished }),
    );
    if (seeded.ok) demo.useSecret(seeded.secret);
    else warn(seeded.problem);
  }

  await announce(settings, url, adminToken);
  say(`hubwire ready on ${url}`);
}

async function portOrExit(host: string, port: number, purpose: string): Promise<void> {
  // The socket of a runtime that was just ended outlives its process by moments.
  const answer = await askPort(host, port, purpose, lock?.killed ? REAP_WAIT_MS : 0);
  if (!answer.ok) exit(answer.sentence);
}

async function announce(settings: Settings, url: string, adminToken: string): Promise<void> {
  const dashboard = await findDashboard(url, adminToken);
  say();
  table([
    ...(dashboard === null ? [] : [['Dashboard', dashboard] as const]),
    ...(demo === undefined
      ? []
      : ([
          ['Demo page', `${demo.url}/`],
          ['Demo receiver', `${demo.url}/receiver`],
        ] as const)),
    ['Admin token', settings.adminToken === undefined ? adminToken : 'the one in ADMIN_TOKEN'],
    ['Data folder', settings.dataDir],
  ]);
  if (isShortToken(settings.adminToken))
    say('\n  ADMIN_TOKEN is short enough to be guessed: fit for this machine alone.');
  say('\n  Ctrl-C ends it; the data stays.\n');
}

function exit(sentence: string): never {
  warn(sentence);
  lock?.release();
  process.exit(1);
}

function end(reason: string): void {
  if (!stopping) say(`\nEnding (${reason}) …`);
  stop(0);
}

/** Ends everything in order, once; asked again, it goes on with what it is doing. */
function stop(code: number, sentence?: string): void {
  if (stopping) return;
  stopping = true;
  if (sentence !== undefined) warn(sentence);
  // Past this, leaving runs miniflare's exit hook, which kills workerd.
  setTimeout(() => process.exit(code), STOP_WAIT_MS).unref();
  Promise.allSettled([demo?.stop(), runtime?.stop()]).then(() => {
    lock?.release();
    if (sentence === undefined) say('hubwire has ended; everything accepted is kept.');
    process.exit(code);
  });
}

surviveClosedOutput();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(signal));
// start.mjs passes signals on as messages, and its death as a closed channel.
process.on('message', (signal) => end(String(signal)));
process.on('disconnect', () => end('whoever started it has gone'));
const read = readSettings(process.env, root);
if (!read.ok) exit(read.sentences.join('\n'));
start(read.settings).catch((error: unknown) =>
  stop(1, `The start failed: ${error instanceof Error ? error.message : String(error)}`),
);
