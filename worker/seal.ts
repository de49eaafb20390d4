// Secrets at rest: text ⇄ AES-256-GCM under SECRETS_KEY (NIST SP 800-38D; 96-bit random nonces). Each sealed text names
// its key, so that keys can be changed: the first of SECRETS_KEY seals, all of them open. `about` says what the text is
// and is authenticated with it, so that a sealed text moved to another place does not open there. Owns no storage.
// Trade-off: opened texts are remembered in the isolate, since deliveries need theirs thousands of times a minute.
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { OPENED_MEMO_MAX, SECRETS_KEY_BYTES } from './limits.ts';
import { fail, ok, type Result } from './result.ts';

export type Random = (bytes: Uint8Array) => Uint8Array;
export type KeyProblem = 'missing' | 'malformed';
export type Unopened = KeyProblem | 'unknown_key' | 'damaged';

const CIPHER = 'aes-256-gcm';
const FORMAT = 'sealed1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What is wrong with SECRETS_KEY or a sealed text, and what to do, for the operator. */
export function explainUnopened(problem: Unopened): string {
  switch (problem) {
    case 'missing':
      return 'SECRETS_KEY is not set, so secrets can be neither kept nor read. Make a key with "openssl rand -base64 32", set it with "npx wrangler secret put SECRETS_KEY", and keep a copy of it.';
    case 'malformed':
      return `SECRETS_KEY is not the base64 of ${SECRETS_KEY_BYTES} bytes (several: separated by commas). Make a key with "openssl rand -base64 32".`;
    case 'unknown_key':
      return 'SECRETS_KEY lacks the key with which this secret was sealed. Add the former key after the present one, separated by a comma.';
    case 'damaged':
      return 'A sealed secret is damaged. Rotate it.';
  }
}

/** Keys by their id, the sealing one first. */
export class Keyring {
  readonly #keys: ReadonlyMap<string, Buffer>;
  readonly #opened = new Map<string, string>();
  /** Names the key that seals; tells nothing about it. */
  readonly id: string;

  constructor(keys: readonly Buffer[]) {
    this.#keys = new Map(keys.map((key) => [createHash('sha256').update(key).digest('hex').slice(0, 8), key]));
    this.id = [...this.#keys.keys()][0] ?? '';
  }

  seal(text: string, about: string, random: Random): string {
    const nonce = random(new Uint8Array(NONCE_BYTES));
    const cipher = createCipheriv(CIPHER, this.#keys.get(this.id) as Buffer, nonce);
    cipher.setAAD(Buffer.from(about));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORMAT}.${this.id}.${sealed.toString('base64url')}`;
  }

  open(sealed: string, about: string): Result<string, Unopened> {
    const remembered = this.#opened.get(`${about} ${sealed}`);
    if (remembered !== undefined) return ok(remembered);
    const [format, id = '', text = ''] = sealed.split('.');
    const bytes = Buffer.from(text, 'base64url');
    if (format !== FORMAT || bytes.length < NONCE_BYTES + TAG_BYTES) return fail('damaged');
    const key = this.#keys.get(id);
    if (!key) return fail('unknown_key');
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(about));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const parts = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
      return ok(this.#remember(`${about} ${sealed}`, Buffer.concat(parts).toString('utf8')));
    } catch {
      return fail('damaged');
    }
  }

  /** Sealed anew where another than the first key did it; else as it is. */
  reseal(sealed: string, about: string, random: Random): Result<string, Unopened> {
    if (sealed.startsWith(`${FORMAT}.${this.id}.`)) return ok(sealed);
    const opened = this.open(sealed, about);
    return opened.ok ? ok(this.seal(opened.value, about, random)) : opened;
  }

  #remember(name: string, text: string): string {
    const oldest = this.#opened.keys().next();
    if (this.#opened.size >= OPENED_MEMO_MAX && !oldest.done) this.#opened.delete(oldest.value);
    this.#opened.set(name, text);
    return text;
  }
}

let last: { text: string; ring: Result<Keyring, KeyProblem> } | null = null;

/** The keys of SECRETS_KEY; read once for all who ask in this isolate. */
export function keyringOf(text: string | undefined): Result<Keyring, KeyProblem> {
  if (!text) return fail('missing');
  if (last?.text !== text) last = { text, ring: read(text) };
  return last.ring;
}

function read(text: string): Result<Keyring, KeyProblem> {
  const parts = text.split(',').map((part) => part.trim());
  const keys = parts.map((part) => Buffer.from(part, 'base64'));
  const whole = keys.every((key, i) => key.length === SECRETS_KEY_BYTES && key.toString('base64') === parts[i]);
  return whole ? ok(new Keyring(keys)) : fail('malformed');
}
