// Request → parsed beacon, or the reason why not. Owns what can be told from the request alone: media type, size,
// JSON, shape. Each event is judged for itself. It knows no site and no clock; nothing is written here.
import { Beacon, type BeaconAnswer, BeaconEvent, REJECTED_REASONS, type RejectedReason } from './beacon.ts';
import { BEACON_BYTES_MAX, DISCARDED_BYTES_MAX } from './limits.ts';
import { type Reject, toIssues } from './reject.ts';
import { fail, ok, type Result } from './result.ts';

export type ParsedBeacon = {
  site_id: string;
  /** The sender's clock when it sent, ms since 1970. */
  sent_at: number;
  events: BeaconEvent[];
  rejected: BeaconAnswer['rejected'];
};

export async function parseBeacon(request: Request): Promise<Result<ParsedBeacon, Reject>> {
  if (!/^(text\/plain|application\/json)\s*(;|$)/i.test(request.headers.get('content-type') ?? ''))
    return fail({ tag: 'unsupported_media_type' });
  const body = await readText(request, BEACON_BYTES_MAX);
  if (!body.ok) return body;
  const json = parseJson(body.value);
  if (!json.ok) return json;
  const beacon = Beacon.safeParse(json.value);
  if (!beacon.success) return fail({ tag: 'invalid_beacon', issues: toIssues(beacon.error) });
  const events: BeaconEvent[] = [];
  const rejected: BeaconAnswer['rejected'] = [];
  for (const raw of beacon.data.events) {
    const event = BeaconEvent.safeParse(raw);
    if (event.success) events.push(event.data);
    else rejected.push({ id: idOf(raw), reason: reasonOf(event.error.issues[0]?.message) });
  }
  return ok({ site_id: beacon.data.site_id, sent_at: Date.parse(beacon.data.sent_at), events, rejected });
}

/**
 * The body as text; bytes that are not UTF-8 become U+FFFD. One of announced length is read at once, at a third of the
 * price; one without is counted while it comes, so that a flood is cut off and not collected. What is too large is read
 * to its end and thrown away, within bounds: who writes all before it reads would else see a broken connection.
 */
export async function readText(request: Request, bytesMax: number): Promise<Result<string, Reject>> {
  // NaN, which is neither, where none is announced.
  const announced = Number(request.headers.get('content-length') ?? Number.NaN);
  const tooLarge = fail({ tag: 'too_large', bytes_max: bytesMax } as const);
  if (announced > DISCARDED_BYTES_MAX) return tooLarge;
  try {
    const text = announced <= bytesMax ? await request.text() : await readCounted(request, bytesMax);
    return text === null ? tooLarge : ok(text);
  } catch {
    // The connection broke off, or the body was not as long as announced.
    return fail({ tag: 'invalid_json' });
  }
}

async function readCounted(request: Request, bytesMax: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > DISCARDED_BYTES_MAX) break;
    if (bytes <= bytesMax) chunks.push(chunk);
  }
  return bytes > bytesMax ? null : new TextDecoder().decode(Buffer.concat(chunks, bytes));
}

export function parseJson(text: string): Result<unknown, Reject> {
  try {
    return ok(JSON.parse(text));
  } catch {
    return fail({ tag: 'invalid_json' });
  }
}

const idOf = (raw: unknown): string | null => {
  const id = typeof raw === 'object' && raw !== null && 'id' in raw ? raw.id : null;
  return typeof id === 'string' ? id.slice(0, 36).toWellFormed() : null;
};

/** The schema names its reason as the message; whatever else is wrong is an invalid event. */
const reasonOf = (message: string | undefined): RejectedReason =>
  REJECTED_REASONS.find((reason) => reason === message) ?? 'invalid_event';
