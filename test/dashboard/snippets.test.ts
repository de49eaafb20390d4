import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { SNIPPETS } from '../../worker/dashboard/snippets.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY = '{"event":"SignUpSuccess","name":"Zoë"}';

/** What the copied code for Node makes of a request, run as a user would. */
function run(body: string, signedAt: Date, secret = SECRET): unknown {
  const folder = mkdtempSync(join(tmpdir(), 'hubwire-verify-'));
  try {
    writeFileSync(join(folder, 'verify.mjs'), SNIPPETS.find(({ id }) => id === 'node')?.code ?? '');
    const signature = new Webhook(secret).sign('an-id', signedAt, BODY);
    const headers = {
      'webhook-id': 'an-id',
      'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1_000)),
      'webhook-signature': `v1,AAAA ${signature}`,
    };
    writeFileSync(
      join(folder, 'run.mjs'),
      `import { verify } from './verify.mjs'; console.log(JSON.stringify(verify(${JSON.stringify(headers)}, ${JSON.stringify(body)})))`,
    );
    const options = { env: { ...process.env, WEBHOOK_SECRET: SECRET }, encoding: 'utf8' as const };
    return JSON.parse(execFileSync(process.execPath, [join(folder, 'run.mjs')], options));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the code to copy takes a genuine webhook, also beside another signature', () => {
  expect(run(BODY, new Date())).toEqual(JSON.parse(BODY));
});

test('the code to copy refuses a changed body, another secret and an old time', () => {
  expect(run(BODY.replace('SignUp', 'Site'), new Date())).toBeNull();
  expect(run(BODY, new Date(), `whsec_${Buffer.alloc(32, 8).toString('base64')}`)).toBeNull();
  expect(run(BODY, new Date(Date.now() - 6 * 60_000))).toBeNull();
});

test('there is code for five languages', () => {
  expect(SNIPPETS.map(({ id }) => id)).toEqual(['node', 'python', 'php', 'go', 'ruby']);
});
