// What a site in TypeScript writes compiles against hub.d.ts, in the strictest mode, and mistakes do not.
// Runs the compiler itself on a page of its own: the calls that the README shows, and values typed by an interface, as
// form libraries and state stores have them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** What the compiler says of this page, beside a copy of the types. */
const compile = (page: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hubwire-types-'));
  try {
    writeFileSync(join(folder, 'hub.d.ts'), readFileSync(join(ROOT, 'client/hub.d.ts')));
    writeFileSync(join(folder, 'page.ts'), `import type { HubEvent } from './hub.d.ts';\n${page}`);
    const flags = '--noEmit --strict --exactOptionalPropertyTypes --target es2023 --lib es2023,dom --types'.split(' ');
    const files = ['page.ts', 'hub.d.ts'];
    execFileSync(join(ROOT, 'node_modules/.bin/tsc'), [...flags, '', ...files], { cwd: folder });
    return '';
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout || error);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('the calls of the README, values typed by an interface, and what listeners are told', () => {
  const calls = /```js\n(hub\.signup[^`]+)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
  expect(calls).toContain('hub.set(');
  const page = `
    interface Traits { plan: string; seats?: number | null; trial: boolean }
    declare const form: HTMLFormElement, profileId: string, traits: Traits;
    ${calls}
    const id: Promise<string> = window.hub.signup(traits).then((is) => is.id);
    hub.set(traits);
    hub.set({ plan: null });
    hub.identify(profileId, traits, 'proof');
    hub.identify(profileId, undefined, 'proof');
    const plans: Record<string, string> = {};
    hub.set(plans);
    const session: string | undefined = hub.session;
    const told = ({ fields, proof }: HubEvent) => [fields?.email, proof, id, session];
    document.addEventListener('hub:event', (event) => told(event.detail));`;
  expect(compile(page)).toBe('');
});

test('what is no value, no form and no id is refused', () => {
  const mistakes = [
    'hub.set({ at: new Date() })',
    'hub.set(1)',
    'hub.identify(1)',
    'hub.signup(null)',
    'hub.consent(1)',
  ];
  expect(compile(mistakes.map((mistake) => `// @ts-expect-error\n${mistake};`).join('\n'))).toBe('');
  expect(compile('hub.set({ at: new Date() });')).toContain('page.ts');
});
