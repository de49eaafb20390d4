// Who follows the journal: for each integration, which event names it subscribed to from which position on. So what
// matched is decided once, when an event is accepted, and stays so whatever is changed later.
import type { EventName } from './event.ts';

export type Follower = { integration_id: string; triggers: EventName[] };
type Subscription = { since: number; triggers: EventName[] };

export class Follows {
  readonly #sql: SqlStorage;
  #subscriptions = new Map<string, Subscription[]>();

  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
    this.#sql.exec(
      'CREATE TABLE IF NOT EXISTS follows (integration_id TEXT, since INTEGER, triggers TEXT NOT NULL, PRIMARY KEY (integration_id, since)) WITHOUT ROWID',
    );
    this.#load();
  }

  /**
   * Makes these the followers for events from position `since` on; who is no longer among them is forgotten. Answers
   * whether anything changed.
   */
  change(followers: readonly Follower[], since: number): boolean {
    const before = JSON.stringify([...this.#subscriptions]);
    const wanted = new Map(followers.map(({ integration_id, triggers }) => [integration_id, JSON.stringify(triggers)]));
    for (const id of this.#subscriptions.keys())
      if (!wanted.has(id)) this.#sql.exec('DELETE FROM follows WHERE integration_id = ?', id);
    for (const [id, triggers] of wanted)
      if (triggers !== JSON.stringify(this.#subscriptions.get(id)?.at(-1)?.triggers))
        this.#sql.exec('INSERT OR REPLACE INTO follows VALUES (?, ?, ?)', id, since, triggers);
    this.#load();
    return JSON.stringify([...this.#subscriptions]) !== before;
  }

  /** Whether the integration had subscribed to this name when the event at `n` was accepted. */
  matches(integrationId: string, n: number, name: EventName): boolean {
    const subscriptions = this.#subscriptions.get(integrationId);
    return subscriptions?.findLast(({ since }) => since <= n)?.triggers.includes(name) ?? false;
  }

  /** From which position on its subscriptions are known; what it followed in an earlier life is forgotten. */
  since(integrationId: string): number {
    return this.#subscriptions.get(integrationId)?.[0]?.since ?? Number.POSITIVE_INFINITY;
  }

  /** Whether any follower subscribes to this name now. */
  anyone(name: EventName): boolean {
    return [...this.#subscriptions.values()].some((epochs) => epochs.at(-1)?.triggers.includes(name));
  }

  ids(): string[] {
    return [...this.#subscriptions.keys()];
  }

  #load(): void {
    this.#subscriptions = new Map();
    const rows = this.#sql.exec<{ integration_id: string; since: number; triggers: string }>(
      'SELECT * FROM follows ORDER BY integration_id, since',
    );
    for (const { integration_id, since, triggers } of rows) {
      const subscriptions = this.#subscriptions.get(integration_id) ?? [];
      this.#subscriptions.set(integration_id, subscriptions);
      subscriptions.push({ since, triggers: JSON.parse(triggers) });
    }
  }
}
