// The code to copy that checks a signature, run in each language that is there. The judge signs: npm `standardwebhooks`.
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { SNIPPETS } from '../../worker/dashboard/snippets.ts';
import { blocksIn } from '../support/commands.ts';
import { type Case, PRESENT, verifyIn } from '../support/languages.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const BODY = '{"event":"SignUpSuccess","name":"Zoë 😀"}';
const now = new Date();

function signed(secret = SECRET, at = now): Case {
  const signature = new Webhook(secret).sign('an-id', at, BODY);
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  return {
    headers: { 'webhook-id': 'an-id', 'webhook-timestamp': timestamp, 'webhook-signature': signature },
    body: BODY,
  };
}
const withHeaders = (headers: Record<string, string>): Case => ({ body: BODY, headers });
const genuine = signed();
const [v1] = [genuine.headers['webhook-signature'] ?? ''];

const GENUINE: Record<string, Case> = {
  'as it comes': genuine,
  'beside that of a former secret': withHeaders({ ...genuine.headers, 'webhook-signature': `v1,AAAA ${v1}` }),
  'beside one of another scheme': withHeaders({ ...genuine.headers, 'webhook-signature': `${v1} v1a,AAAA` }),
};
const FORGED: Record<string, Case> = {
  'a changed body': { ...genuine, body: BODY.replace('SignUp', 'Site') },
  'another id': withHeaders({ ...genuine.headers, 'webhook-id': 'another' }),
  'another secret': signed(OTHER),
  'six minutes old': signed(SECRET, new Date(now.getTime() - 360_000)),
  'six minutes ahead': signed(SECRET, new Date(now.getTime() + 360_000)),
  'another time than was signed': withHeaders({
    ...genuine.headers,
    'webhook-timestamp': String(Number(genuine.headers['webhook-timestamp']) + 1),
  }),
  'another scheme alone': withHeaders({ ...genuine.headers, 'webhook-signature': v1.replace('v1,', 'v1a,') }),
  'no headers': withHeaders({}),
  'no signature': withHeaders({ ...genuine.headers, 'webhook-signature': '' }),
  'a time that is none': withHeaders({ ...genuine.headers, 'webhook-timestamp': 'now' }),
  'a signature outside ASCII': withHeaders({ ...genuine.headers, 'webhook-signature': 'v1,Zoë' }),
};

test.each(PRESENT)('%s takes what is genuine and refuses the rest', (language) => {
  const cases = { ...GENUINE, ...FORGED };
  const answers = verifyIn(language, SECRET, Object.values(cases));
  const wanted = [...Object.keys(GENUINE).map(() => JSON.parse(BODY)), ...Object.keys(FORGED).map(() => null)];
  expect(Object.fromEntries(Object.keys(cases).map((name, i) => [name, answers[i]]))).toEqual(
    Object.fromEntries(Object.keys(cases).map((name, i) => [name, wanted[i]])),
  );
});

test('there is code for five languages, and Node is always among those that ran', () => {
  expect(SNIPPETS.map(({ id }) => id)).toEqual(['node', 'python', 'php', 'go', 'ruby']);
  expect(PRESENT).toContain('node');
  console.log(`run: ${PRESENT.join(', ')}`);
});

test.each(SNIPPETS)('the guide shows the same code for $name', ({ id, name, code }) => {
  const shown = blocksIn('worker/RECEIVERS.md', id === 'node' ? 'js' : id).filter(({ section }) => section === name);
  expect(shown.map(({ text }) => text)).toEqual([`${code}\n`]);
});
