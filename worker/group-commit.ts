// Lets what comes at the same time share one commit: what comes alone after one that came alone is committed at once,
// what follows closely, or follows on a shared commit, is committed together after a short gap. Owns the waiting and
// nothing else: what a commit is, the caller says. Whoever waits is answered with its own result or the error of the
// whole group. Trade-off: under load each waits up to the gap, also the first, because a commit may block for longer
// than that, and what queued up meanwhile is to share the next.

type Waiting<In, Out> = { item: In; resolve(answer: Out): void; reject(error: unknown): void };

export type Group<In, Out> = {
  gapMs: number;
  now: () => number;
  /** Commits all in one; answers each at its place. What it throws, everyone gets. */
  commit(items: readonly In[], now: number): Out[];
};

export class GroupCommit<In, Out> {
  readonly #group: Group<In, Out>;
  #waiting: Waiting<In, Out>[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #committedAt = 0;
  /** Whether the last commit was shared. */
  #crowded = false;

  constructor(group: Group<In, Out>) {
    this.#group = group;
  }

  /** Resolves when the item has been committed. */
  add(item: In): Promise<Out> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#timer !== null) return;
      const { gapMs, now } = this.#group;
      // A clock that ran back keeps nobody waiting.
      const wait = this.#crowded ? gapMs : Math.min(gapMs, this.#committedAt + gapMs - now());
      if (wait <= 0) this.#commit();
      else this.#timer = setTimeout(() => this.#commit(), wait);
    });
  }

  #commit(): void {
    this.#timer = null;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#crowded = waiting.length > 1;
    this.#committedAt = this.#group.now();
    try {
      const items = waiting.map(({ item }) => item);
      const answers = this.#group.commit(items, this.#committedAt);
      for (const [i, { resolve }] of waiting.entries()) resolve(answers[i] as Out);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}
