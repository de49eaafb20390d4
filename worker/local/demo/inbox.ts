// The webhooks that the demo receiver got, newest last, and a bell for those who watch.
// Owns their number: bounded, the oldest are forgotten. Leaves judging them to receive.ts and showing to receiver-page.ts.
// Trade-off: watchers are not sent to but woken, and then read what they have not seen; a slow one costs nothing.
import { EventEmitter, once } from 'node:events';
import { INBOX_MAX } from '../limits.ts';
import type { Received } from './receive.ts';

export type Shown = Received & { seq: number };

export class Inbox {
  readonly #items: Shown[] = [];
  readonly #bell = new EventEmitter().setMaxListeners(0);
  // Starts above what an earlier run gave out, so that a page which stayed open misses nothing.
  #seq = Date.now();
  closed = false;

  add(received: Received): void {
    this.#items.push({ ...received, seq: ++this.#seq });
    if (this.#items.length > INBOX_MAX) this.#items.shift();
    this.#bell.emit('ring');
  }

  /** Oldest first. */
  newerThan(seq: number): Shown[] {
    return this.#items.filter((item) => item.seq > seq);
  }

  clear(): void {
    this.#items.length = 0;
  }

  /** Wakes all watchers for good. */
  close(): void {
    this.closed = true;
    this.#bell.emit('ring');
  }

  /** Waits for the next webhook; `false` when the signal came first. */
  async ring(signal: AbortSignal): Promise<boolean> {
    return once(this.#bell, 'ring', { signal }).then(
      () => true,
      () => false,
    );
  }
}
