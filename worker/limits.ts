// Every number of the collector, with its unit in the name and its reason beside it.
// The README's table of limits is checked against this file by a test.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const HOUR_BUCKET_MS = HOUR_MS;

// What a beacon may hold (contract, section 5)
/** The quota that browsers give to all unanswered keepalive requests of a page (Fetch, "inflight keepalive bytes"). */
export const BEACON_BYTES_MAX = 64 * 1024;
/** Of a body that is too large so much is read and thrown away, so that its sender gets the answer; more is a flood. */
export const DISCARDED_BYTES_MAX = 16 * 1024 * 1024;
export const BEACON_EVENTS_MAX = 50;
export const ATTRIBUTES_MAX = 64;
export const FIELDS_MAX = 64;
export const KEY_CHARS_MAX = 64;
/** Longer values are cut, and the key is marked in the log. */
export const VALUE_CHARS_MAX = 4_096;
/** What is kept of one profile or one session; the oldest keys give way. Four times what one event may bring. */
export const PERSON_ATTRIBUTES_MAX = 256;
/**
 * Keys and values of one person together, as JSON: 64 of the longest. Each later event carries them all, and with what it
 * brings itself and all its attempts it has to fit a row.
 */
export const PERSON_CHARS_MAX = ATTRIBUTES_MAX * (KEY_CHARS_MAX + VALUE_CHARS_MAX + 8);

// The edge
/** Configuration read from KV is kept in the isolate this long: a KV read costs more than the whole acceptance. */
export const SITE_MEMO_MS = 5 * SECOND_MS;
/** An unknown site is remembered for less: it may be created at any moment. */
export const SITE_MISS_MEMO_MS = SECOND_MS;
/** Sites remembered per isolate; beyond it the oldest is forgotten. */
export const SITE_MEMO_MAX = 1_000;
/** What a client is told to wait after 429 (the window of the limiter) and after 503. */
export const RETRY_AFTER_RATE_S = 10;
export const RETRY_AFTER_UNAVAILABLE_S = 5;
/** HMAC-SHA256 in hex is 64; a longer proof is refused as such, anything beyond this as no event. */
export const PROOF_CHARS_MAX = 128;
/** /hub.js follows releases: after an hour, for a day, the old one is run while the new is fetched. A pinned one stays. */
export const SCRIPT_CACHE_S = 3_600;
export const SCRIPT_STALE_S = 86_400;
export const SCRIPT_PINNED_CACHE_S = 365 * 86_400;
/** How long a browser may remember the answer to a preflight: Chromium caps it at two hours. */
export const PREFLIGHT_MAX_AGE_S = 7_200;

// The journal
/** Commits of one journal are at least this far apart; what comes meanwhile shares the next one (one fsync a commit). */
export const GROUP_COMMIT_GAP_MS = 4;
/** A row of SQLite in a Durable Object holds 2 MB; JSON may need up to three bytes a character. */
export const SEGMENT_CHARS_MAX = 500_000;
/** Safety net: lanes that have not confirmed the head by then are woken again. */
export const JOURNAL_WAKE_MS = 3 * SECOND_MS;
/**
 * Ids of accepted events in memory before they are written together: of a million kept ones each then costs half a page of
 * the disk, of a hundred thousand a sixth. At rest fewer, because a start reads them from the log.
 */
export const IDS_AT_HAND_MAX = 4_000;
export const IDS_AT_REST_MAX = 100;
/** Ids are remembered for at least this long; the tracker gives up an event after 7 days. */
export const DEDUPE_DAYS_MIN = 8;
/** The self-check of a log runs so long after a change; its rows are few, its work is parsing. */
export const CHECK_INTERVAL_MS = HOUR_MS;
/** Characters of a log that are recounted at once: about 50 ms of parsing, also in each call for the books. */
export const RECOUNT_CHARS_PER_CALL = 8_000_000;
/** Mismatches kept for the answer: one is an alarm already. */
export const MISMATCHES_MAX = 20;
/** What is older than the retention goes once a day, in steps that leave the object responsive. */
export const RETENTION_INTERVAL_MS = DAY_MS;
export const RETENTION_ROWS_PER_STEP = 500;
/** A session ends within a day (contract, section 4): so long after shards were added, none from before is left. */
export const SESSION_LIFE_MS = DAY_MS;
/** Erasure goes round journals and lanes until nothing is found: what was on its way is found in the second round. */
export const ERASE_ROUNDS_MAX = 5;
/** An erasure that was cut off, by a crash or an object that did not answer, is begun again. */
export const ERASE_AGAIN_MS = MINUTE_MS;
/** Answer to one read of a lane: enough to keep six connections busy, far from the 32 MiB of an RPC message. */
export const READ_EVENTS_MAX = 200;
export const READ_CHARS_MAX = 1_000_000;

// Delivery (contract, section 6)
/** Connections that may wait for response headers in one invocation (Workers, "simultaneous open connections"). */
export const LANE_CONNECTIONS_MAX = 6;
export const ATTEMPT_TIMEOUT_MS = 15 * SECOND_MS;
/** Attempts that begin within this time share a deadline: some hundreds of them at full speed. */
export const DEADLINE_STEP_MS = 100;
export const RESPONSE_BYTES_MAX = 4_096;
/** Names and values together: what the log keeps of an answer's headers. */
export const RESPONSE_HEADER_CHARS_MAX = 8_192;
/**
 * What stays of the attempts before a replay: at least the last one with the longest answer. With the largest event and
 * 21 attempts that are still to come, a row is below the 2 MB of SQLite in a Durable Object.
 */
export const EARLIER_ATTEMPTS_CHARS_MAX = 64 * 1024;
export const SCHEDULE_DEFAULT_S = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
export const SCHEDULE_WAITS_MAX = 20;
export const SCHEDULE_WAIT_S_MIN = 1;
export const SCHEDULE_WAIT_S_MAX = 86_400;
/** Added, never subtracted, so that a wait is never shorter than promised. */
export const JITTER_RATIO_MAX = 0.2;
export const RETRY_AFTER_MS_MAX = DAY_MS;
/** Receivers get repaired, but a 4xx other than 408 and 429 seldom mends itself: it is given up after this. */
export const PERMANENT_4XX_MS_MAX = DAY_MS;
export const SECRET_BYTES = 32;
/** AES-256. */
export const SECRETS_KEY_BYTES = 32;
/** Opened secrets remembered in an isolate: a lane has a handful. */
export const OPENED_MEMO_MAX = 1_000;
/** How long a replaced secret signs along: a day to bring the new one to every receiver. A leaked one: 0. */
export const OVERLAP_S_DEFAULT = 86_400;
export const OVERLAP_S_MAX = 7 * 86_400;
/** Secrets (and key pairs) that sign at once: each makes the header of every delivery longer. */
export const LIVE_SECRETS_MAX = 5;
/** Public keys change seldom, and the former pair signs along for a day. */
export const PUBLIC_KEYS_CACHE_S = 300;
/** Custom headers of an integration; with the longest values they are well below what servers take (8 to 16 KiB each). */
export const HEADERS_MAX = 20;
export const HEADER_NAME_CHARS_MAX = 64;
export const HEADER_VALUE_CHARS_MAX = 4_096;
/** Of a shorter value not even the last four characters are shown. */
export const MASK_CHARS_MIN = 12;
/** A shorter value stands in an answer by chance: it is not looked for there. */
export const ECHO_CHARS_MIN = 6;
/** A second look at an endpoint that gave no answer: does it take connections at all? */
export const REACH_TIMEOUT_MS = 2 * SECOND_MS;
/** Characters of a foreign address that a sentence quotes. */
export const QUOTE_CHARS_MAX = 200;
/** Host names under which the collector was administered; webhooks to them are refused. */
export const OWN_HOSTS_MAX = 20;
/** Entries that a lane holds in memory: it reads on in the journal below the lower, and takes no more above the upper. */
export const LANE_QUEUE_LOW = 100;
export const LANE_QUEUE_MAX = 1_000;
/** No more is taken or read above this either, nor handed over at once: a message holds 32 MiB, an isolate 128 MB. */
export const LANE_QUEUE_CHARS_MAX = 8_000_000;
/**
 * Settled deliveries share a commit when they come this close together. A crash within it repeats them, same id; each
 * commit stops the runtime's thread for a sync: 2 ms on a quiet disk, 20 on a busy one.
 */
export const LANE_COMMIT_GAP_MS = 100;
/** While a request is under way the alarm stands this near: after a crash it is sent again at once, not after a lease. */
export const LANE_HEARTBEAT_MS = 2 * SECOND_MS;
/** When the journal or KV does not answer. */
export const LANE_BACKOFF_MS = 2 * SECOND_MS;

/** A delivery that ends later than this after its event was accepted is noted by position, so that lists find it. */
export const PROMPT_MS = 10 * SECOND_MS;
/** Replays of many begin this far apart: 100 a second, beside new events, which take turns with them. */
export const REPLAY_GAP_MS = 10;
export const REPLAY_CHUNK = 500;

// Circuit breaker and recovery (per lane)
/** An endpoint counts as down after this many failures in a row over at least this time: no burst of errors trips it. */
export const BREAKER_FAILURES = 20;
export const BREAKER_MS = MINUTE_MS;
/** While it is down, one delivery at a time asks whether it is back. */
export const PROBE_GAP_MS = 15 * SECOND_MS;
/** After an outage: this many a second at first, doubled in each step while none fails, unbounded past the last. */
export const RAMP_START_PER_S = 2;
export const RAMP_STEP_MS = 2 * SECOND_MS;
export const RAMP_END_PER_S = 200;
/** Without a single success for so long while failing, the integration is disabled (Svix: 120 h). */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
export const MAX_PER_SECOND_MAX = 1_000;
/** Zapier answers 429 beyond it. */
export const ZAPIER_PER_SECOND = 30;

// What is published to KV (section 8)
/** Outcomes of one lane within such a window share one KV key: KV takes one write a second a key. */
export const OUTCOME_WINDOW_MS = SECOND_MS;
/** More rows than these are parted: KV takes 25 MiB a value, SQLite 2 MB a row. A lane commits ten in a window. */
export const OUTCOME_ROWS_PER_KEY = 12;
export const STATS_INTERVAL_MS = 10 * SECOND_MS;
/** The first change after a pause is shown sooner. */
export const STATS_FIRST_MS = SECOND_MS;
/** KV takes no shorter life than this. */
export const KV_TTL_S_MIN = 60;
export const KV_WRITE_GAP_MS = 1_100;
export const RETENTION_DAYS_DEFAULT = 30;
export const RETENTION_DAYS_MAX = 365;
/** No range of the stats is longer; a snapshot that held a year would be written whole every ten seconds. */
export const STATS_SERIES_MS = 30 * DAY_MS;

// Administration
export const PAGE_LIMIT_DEFAULT = 50;
export const PAGE_LIMIT_MAX = 200;
/** The description changes with a release alone. */
export const OPENAPI_CACHE_S = 300;
export const ADMIN_BODY_BYTES_MAX = 64 * 1024;
export const SHARDS_MAX = 64;
export const ORIGINS_MAX = 50;
export const INTEGRATIONS_MAX = 50;
export const NAME_CHARS_MAX = 200;
export const URL_CHARS_MAX = 2_048;

// The dashboard
/** nanoid's 32 characters carry 192 bits: a code or a link can't be guessed. */
export const TOKEN_CHARS = 32;
/** A working day: the one-time link stands in a terminal, where the admin token stands too. */
export const SIGN_IN_CODE_MS = 12 * HOUR_MS;
/** A person mistypes a few times; a token of 192 bits falls to no rate at all. This keeps noise off. */
export const SIGN_IN_FAILURES_MAX = 10;
export const SIGN_IN_WINDOW_MS = 15 * MINUTE_MS;
/** A week: long enough not to annoy, short enough for a laptop that was lost. */
export const SESSION_MS = 7 * DAY_MS;
export const VIEW_LINK_DAYS_DEFAULT = 90;
export const VIEW_LINK_DAYS_MAX = 365;
/** "Last used" of a view-only link is written down this often: a row for each page would be waste. */
export const VIEW_LINK_NOTE_MS = HOUR_MS;
/** Rows of one page of the dashboard: a screenful or three. */
export const ROWS_PER_PAGE = 50;
/** A form of the dashboard: the longest holds 50 origins. */
export const FORM_BYTES_MAX = 64 * 1024;
