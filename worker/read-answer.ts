// What is kept of a receiver's answer: the first bytes of the body and some of the headers, as text. Counts while it
// reads, so that an endless body costs no more than a short one, and never throws: the status is there, and a body that
// breaks off gives what there was. Whether that is a success is not decided here.
import { maskHeader } from './headers.ts';
import { MASK_CHARS_MIN, RESPONSE_BYTES_MAX, RESPONSE_HEADER_CHARS_MAX } from './limits.ts';

/** `ended`: the body came to its end, or to the end of what is kept of it. */
export type ReadAnswer = { status: number; headers: Record<string, string>; body: string; ended: boolean };

/** `secrets`: what was sent and must not come back into a log. */
export async function readAnswer(response: Response, secrets: readonly string[]): Promise<ReadAnswer> {
  const hide = hiderOf(secrets);
  const { bytes, ended } = await readHead(response);
  // Hidden before it is cut: half a secret would not be known as one.
  const body = cut(hide(DECODER.decode(bytes)));
  return { status: response.status, headers: headersIn(response, hide), body, ended };
}

const DECODER = new TextDecoder();
/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const cut = (text: string): string =>
  text.length * 3 <= RESPONSE_BYTES_MAX ? text : DECODER.decode(Buffer.from(text).subarray(0, RESPONSE_BYTES_MAX));

/** A receiver may echo what it was sent; custom headers are secrets, and stay so in the log. */
const hiderOf = (secrets: readonly string[]) => (text: string) =>
  secrets
    .filter((value) => value.length >= MASK_CHARS_MIN)
    .reduce((hidden, value) => hidden.replaceAll(value, maskHeader(value)), text);

/** As many headers as the log keeps; `retry-after` before all, because the schedule asks for it. */
function headersIn({ headers }: Response, hide: (text: string) => string): Record<string, string> {
  const all = [...headers];
  const first = all.findIndex(([name]) => name === 'retry-after');
  if (first > 0) all.unshift(...all.splice(first, 1));
  let room = RESPONSE_HEADER_CHARS_MAX;
  const kept = all.filter(([name, value]) => {
    room -= name.length + value.length;
    return room >= 0;
  });
  return Object.fromEntries(kept.map(([name, value]) => [name, hide(value)]));
}

/**
 * The first bytes of a body, and whether it came to an end of them. A body read to its end, or to its announced length,
 * lets the socket be used again; a longer one is cancelled, one that breaks off gives what there was.
 */
async function readHead({ body, headers }: Response): Promise<{ bytes: Uint8Array; ended: boolean }> {
  // Of one that was compressed it is not the length that comes out.
  const length = headers.has('content-encoding') ? null : headers.get('content-length');
  const chunks: Uint8Array[] = [];
  const reader = body?.getReader();
  try {
    for (let count = 0; reader && count <= RESPONSE_BYTES_MAX; ) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      count += value.byteLength;
      if (count > RESPONSE_BYTES_MAX) await reader.cancel();
      // To ask once more, only to hear that this was all, is a quarter of what an attempt costs.
      else if (String(count) === length) break;
    }
    return { bytes: joined(chunks), ended: true };
  } catch {
    return { bytes: joined(chunks), ended: false };
  }
}

/** Most answers come in one piece. */
const joined = ([first, ...more]: Uint8Array[]): Uint8Array =>
  first && more.length === 0 ? first : Buffer.concat(first ? [first, ...more] : []);
