// What is kept of a receiver's answer: the first bytes of the body and some of the headers, as text. A body that does not
// say how long it is, or is long, is counted while it is read, so that an endless one costs no more than a short one.
// It never throws: the status is there, and a body that breaks off gives what there was; trade-off: nothing where a
// short one was announced, because those are read whole. Whether that is a success is not decided here.
import { maskHeader } from './headers.ts';
import { ECHO_CHARS_MIN, RESPONSE_BYTES_MAX, RESPONSE_HEADER_CHARS_MAX } from './limits.ts';

/** `ended`: the body came to its end, or to the end of what is kept of it. */
export type ReadAnswer = { status: number; headers: Record<string, string>; body: string; ended: boolean };

/** `secrets`: what was sent and must not come back into a log. */
export async function readAnswer(response: Response, secrets: readonly string[]): Promise<ReadAnswer> {
  const hidden = secrets.flatMap(toHide);
  const hide = hiderOf(hidden);
  const { text, ended, whole } = await (isShort(response) ? readWhole(response) : readHead(response));
  // Hidden before it is cut: half a secret would not be known as one.
  const body = cut(whole ? hide(text) : withoutBeginning(hide(text), hidden));
  return { status: response.status, headers: headersIn(response, hide), body, ended };
}

const DECODER = new TextDecoder();
/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const cut = (text: string): string =>
  text.length * 3 <= RESPONSE_BYTES_MAX ? text : DECODER.decode(Buffer.from(text).subarray(0, RESPONSE_BYTES_MAX));

/** A value, and the credentials behind a scheme (RFC 9110, section 11.4). The longer first, for it holds the other. */
const toHide = (value: string): string[] =>
  [value, /^[a-z][\w-]* (\S+)$/i.exec(value)?.[1] ?? ''].filter(({ length }) => length >= ECHO_CHARS_MIN);

/** A receiver may echo what it was sent; custom headers are secrets, and stay so in the log. */
function hiderOf(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((hidden, value) => hidden.replaceAll(value, maskHeader(value)), text);
}

/** A text that breaks off may break off in a secret. */
function withoutBeginning(text: string, secrets: readonly string[]): string {
  const shown = (secret: string): number => {
    let count = Math.min(secret.length, text.length);
    while (!text.endsWith(secret.slice(0, count))) count -= 1;
    return count;
  };
  return text.slice(0, text.length - Math.max(0, ...secrets.map(shown)));
}

/** As many headers as the log keeps; `retry-after` before all, because the schedule asks for it. */
function headersIn({ headers }: Response, hide: (text: string) => string): Record<string, string> {
  const kept: Record<string, string> = {};
  let room = RESPONSE_HEADER_CHARS_MAX;
  const keep = (value: string, name: string) => {
    room -= name.length + value.length;
    if (room >= 0) kept[name] = hide(value);
  };
  const wait = headers.get('retry-after');
  if (wait !== null) keep(wait, 'retry-after');
  // By iterator it would take four times as long, an eighth of an attempt.
  headers.forEach((value, name) => {
    if (name !== 'retry-after') keep(value, name);
  });
  return kept;
}

/** Whether the answer says that its body is short; of one that was compressed it is not the length that comes out. */
const isShort = ({ headers }: Response): boolean =>
  !headers.has('content-encoding') && Number(headers.get('content-length') ?? Infinity) <= RESPONSE_BYTES_MAX;

/** `whole`: there is nothing after the text. */
type Read = { text: string; ended: boolean; whole: boolean };

/** By the runtime itself, at a fifth less for the whole attempt than in pieces. */
const readWhole = (response: Response): Promise<Read> =>
  response.text().then(
    (text) => ({ text, ended: true, whole: true }),
    () => ({ text: '', ended: false, whole: false }),
  );

/**
 * The first bytes of a body, and whether it came to an end of them. A body read to its end lets the socket be used
 * again; a longer one is cancelled, one that breaks off gives what there was.
 */
async function readHead({ body }: Response): Promise<Read> {
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  let ended = true;
  let count = 0;
  try {
    while (reader && count <= RESPONSE_BYTES_MAX) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      count += value.byteLength;
      if (count > RESPONSE_BYTES_MAX) await reader.cancel();
    }
  } catch {
    ended = false;
  }
  return { text: DECODER.decode(Buffer.concat(chunks)), ended, whole: ended && count <= RESPONSE_BYTES_MAX };
}
