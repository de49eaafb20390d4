// HOW: the only network call. A keepalive fetch outlives the page; a string is text/plain, so there is no preflight;
// no `sendBeacon`, whose request type block lists refuse. All scripts of a page share 64 KiB of keepalive bodies,
// and what goes beyond is rejected like a network error (https://fetch.spec.whatwg.org/#http-network-or-cache-fetch):
// so whatever fails is tried once more without keepalive, which costs one request more where the network is gone.
import { collector } from './config.ts';

/** Posts a beacon. */
export const send = (body: string, keepalive: boolean): Promise<Response> =>
  fetch(collector, { method: 'POST', body, keepalive, credentials: 'omit' });
