// Every command of every document has its proof: it is run here against a launched hubwire, or handed to wrangler
// without an account, or a named test runs it. A command that nobody proves fails.
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSettings } from '../../worker/local/settings.ts';
import { keyringOf } from '../../worker/seal.ts';
import { PARTS } from '../bench/parts.ts';
import { integrate, makeSite } from '../support/client.ts';
import { type Command, commandsIn, DOCUMENTS, inlineCommandsIn, readDocument } from '../support/commands.ts';
import { type Launched, launch, node, root } from '../support/launch.ts';
import { Receiver } from '../support/receiver.ts';

const README_URL = 'http://127.0.0.1:8787';
const execute = promisify(execFile);
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json'));
/** Whether one of the tests takes a variable from the environment. */
const isRead = (variable: string) =>
  readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .some((name) =>
      new RegExp(`process\\.env\\.${variable}\\b|\\b${variable}\\b.*= process\\.env`).test(read(join('test', name))),
    );
/** `A=1 B=2 command`: the variables that are set for it. */
const variablesOf = (text: string): NodeJS.ProcessEnv =>
  Object.fromEntries([...text.matchAll(/(\w+)=(\S+) /g)].map(([, name, value]) => [name, value]));

let hub: Launched;
let receiver: Receiver;
let home: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  for (const tool of ['curl', 'openssl'])
    if (spawnSync(tool, ['--help']).error) throw new Error(`The documents use ${tool}: apt-get install ${tool}`);
  home = await mkdtemp(join(tmpdir(), 'hubwire-commands-'));
  receiver = await new Receiver().start();
  hub = await launch({ env: { DEMO: 'false' } });
  const siteId = await makeSite(hub);
  const { integration_id } = await integrate(hub, siteId, receiver.url);
  env = { ...process.env, HUB: hub.url, ADMIN_TOKEN: hub.adminToken, SITE: siteId, INTEGRATION: integration_id };
});
afterAll(async () => {
  await hub.stop();
  await receiver.stop();
  await rm(home, { recursive: true, force: true });
});

/** Typed into a shell; whatever JSON it prints or keeps is no error. */
async function runs({ text }: Command): Promise<void> {
  const { stdout } = await execute('sh', ['-ec', text.replaceAll(README_URL, hub.url)], { cwd: home, env });
  const file = / -o (\S+)/.exec(text)?.[1];
  const answer = JSON.parse(file === undefined ? stdout : readFileSync(join(home, file), 'utf8'));
  expect(answer.error ?? null, stdout).toBeNull();
}

const printed = new Map<string, Promise<string>>();
/** What it prints, asked once for each command: it takes a second or two. */
function wrangler(...args: string[]): Promise<string> {
  const running = printed.get(args.join(' ')) ?? askWrangler(args);
  printed.set(args.join(' '), running);
  return running;
}

async function askWrangler(args: string[]): Promise<string> {
  const command = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const options = {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_API_TOKEN: '', CI: 'true', NO_COLOR: '1' },
  };
  return (await execute(node, [command, ...args], options)).stdout;
}

/** A test of that name stands in that file. */
const testedBy = (file: string, name: string) => async () => expect(read(file)).toContain(`test('${name}'`);

const PROOFS: [RegExp, (command: Command, ...parts: string[]) => Promise<void>][] = [
  [/^curl /, runs],
  [/^npm start$/, testedBy('test/local/npm-start.test.ts', 'ends all of hubwire when npm is asked to end')],
  [/^(?:\w+=\S+ )+npm start$/, async ({ text }) => expect(readSettings(variablesOf(text), root).ok).toBe(true)],
  [/^npm test$/, async () => expect(scripts.test).toBe('node test/run.mjs')],
  [
    /^(?:\w+=\S+ )*npm test -- (\w+)$/,
    async ({ text }, step) => {
      expect(read('test/run.mjs')).toMatch(new RegExp(`(name: |suite\\()'${step}'`));
      for (const name of Object.keys(variablesOf(text))) expect(isRead(name), name).toBe(true);
    },
  ],
  [/^npm run build$/, async () => expect(read('wrangler.toml')).toContain(`command = "${scripts.build} &&`)],
  [
    /^npm run bench(?: -- (\w+))?$/,
    async (_, part) => {
      expect(scripts.bench).toBe('node test/bench/run.mjs');
      if (part) expect(PARTS.map(({ name }) => name)).toContain(part);
    },
  ],
  [/^npx wrangler deploy$/, testedBy('test/local/deploy.test.ts', 'deploys as it is')],
  [
    /^npx wrangler deploy (--domain) \S+$/,
    async (_, flag) => expect(await wrangler('deploy', '--help')).toContain(flag),
  ],
  [
    /^npx wrangler (tail)$/,
    async (_, args) => expect(await wrangler(args, '--help')).toContain(`wrangler ${args} [worker]`),
  ],
  [/^npx wrangler secret put (\w+)$/, async (_, name) => isSecret(name)],
  [
    /^(openssl .+) \| npx wrangler secret put (SECRETS_KEY)$/,
    async (_, makeKey, name) => {
      const { stdout } = await execute('sh', ['-ec', makeKey]);
      expect(keyringOf(stdout.trim()).ok).toBe(true);
      await isSecret(name);
    },
  ],
  [
    /^(tar|cp) .*\.hubwire|^tar -xzf hubwire-backup/,
    testedBy(
      'test/docs/backup.test.ts',
      'a copy made while stopped, or a snapshot, and its key are all that is needed to go on elsewhere',
    ),
  ],
];

/** The Worker reads it, and wrangler knows how to set one. */
async function isSecret(name: string): Promise<void> {
  expect(read('worker/bindings.ts')).toMatch(new RegExp(`\\b${name}\\?: string`));
  expect(await wrangler('secret', 'put', '--help')).toContain('wrangler secret put <key>');
}

const commands = DOCUMENTS.flatMap((document) => [...commandsIn(document), ...inlineCommandsIn(document)]);

test.each(commands)('$document, $section: $text', async (command) => {
  const proof = PROOFS.find(([pattern]) => pattern.test(command.text));
  if (!proof) throw new Error(`Nobody proves this command of ${command.document}: ${command.text}`);
  const [pattern, prove] = proof;
  await prove(command, ...(pattern.exec(command.text) ?? []).slice(1));
});

test.each(DOCUMENTS)('%s says what each variable of its commands is', (document) => {
  const used = commandsIn(document).flatMap(({ text }) => [...text.matchAll(/\$(\w+)/g)].map(([, name]) => name));
  for (const name of used) expect(readDocument(document)).toContain(`\`${name}\``);
});

test('the documents have commands, and one that is unknown would be found out', () => {
  expect(commands.length).toBeGreaterThan(15);
  expect(PROOFS.some(([pattern]) => pattern.test('npm run everything'))).toBe(false);
});
