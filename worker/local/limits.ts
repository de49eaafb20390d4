// Every number of `npm start` and its demo, with its unit in the name and its reason beside it.
// The Worker's own numbers are in worker/limits.ts.

/** Of what lies in the data folder; format.ts says when it is raised. */
export const DATA_FORMAT = 1;
export const PORT_DEFAULT = 8787;
export const PORT_MAX = 65_535;
/** A guess at the token must be hopeless; nanoid's 32 characters carry 192 bits. */
export const ADMIN_TOKEN_CHARS = 32;
/** A token from the environment may be shorter, but not guessable where others can reach it. */
export const ADMIN_TOKEN_CHARS_MIN = 16;
/** How far from a taken port the next suggestion lies: past the demo, which takes the port after it. */
export const PORT_SUGGESTION_STEP = 10;
/** A second start waits this long for the first to end: it may be on its way out. */
export const LOCK_WAIT_MS = 2_000;
/** A killed process is gone within milliseconds; longer means that it is stuck in the kernel. */
export const REAP_WAIT_MS = 5_000;
export const REAP_POLL_MS = 20;
/** Ctrl-C must end in any case: after this the exit hooks kill what is left. */
export const STOP_WAIT_MS = 5_000;
/** One call of the admin API while the demo is set up. */
export const ADMIN_CALL_MS = 10_000;
/** A changed site reaches the edge within a second or two; the demo is not worth a longer wait. */
export const PUBLISH_WAIT_MS = 5_000;
export const PUBLISH_POLL_MS = 20;
/**
 * Where V8 first looks for garbage among what has lived for a while: hardly more than a service has that does nothing. After
 * that it goes by what it found alive. Of what KV's reads leave the runtime holds 155 MiB with these two, 320 without.
 */
export const OLD_SPACE_MIB_INITIAL = 1;
/** An eighth of V8's own, at the same CPU a delivery: most of what a request leaves is dead at once. */
export const SEMI_SPACE_MIB_MAX = 2;
/**
 * By how much the heap and what it stands for may grow over what was found alive. V8's own choice collects every other
 * second at 100 events a second, and each collection stops everything for 13 to 25 ms, which is the 99th percentile. The
 * price is 20 to 60 MiB.
 */
export const HEAP_GROWING_PERCENT = 1_000;
/** The window that the rate-limit binding offers (10 or 60 s). */
export const RATE_WINDOW_S = 10;

// The demo
/** Webhooks that the receiver shows; older ones are forgotten. */
export const INBOX_MAX = 200;
/** What is kept of one body for showing: 200 of these are bounded memory. */
export const SHOWN_CHARS_MAX = 64 * 1024;
/** A flat body has at most 128 entries of 4,096 characters, three bytes each. */
export const WEBHOOK_BYTES_MAX = 2 * 1024 * 1024;
/** A sign-up of the demo page is a handful of short fields. */
export const SIGNUP_BYTES_MAX = 64 * 1024;
/** Longer than the sender's timeout of 15 s, so that hanging looks like hanging. */
export const HANG_MS = 60_000;
/** A comment now and then keeps proxies from closing a silent stream. */
export const STREAM_PING_MS = 20_000;
/** The demo integration retries quickly, so that one sees retries and the final WebhookError within about a minute. */
export const DEMO_SCHEDULE_S = [5, 10, 20, 30] as const;
