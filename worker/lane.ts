// Follows one journal for one integration: takes new events, sends six at a time, retries, settles. Its disk is a
// cursor into the journal and rows for exceptions only; the journal holds the events. It settles after the response
// and before it forgets, so a crash between sends again with the same webhook-id: at least once to the receiver,
// exactly once in the books. Which job begins next: in-flight.ts; what follows an attempt: schedule.ts; how it is
// counted: settle.ts; who is told: report.ts.
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from './agenda-tables.ts';
import { attempt, GONE } from './attempt.ts';
import {
  directoryOf,
  type Env,
  type EventCounts,
  type Journaled,
  journalOf,
  type LaneBooks,
  type LaneConfig,
  type LaneRpc,
} from './bindings.ts';
import { outsideOf } from './deliver.ts';
import { Hours } from './hours-tables.ts';
import { InFlight, type Job, type Turn } from './in-flight.ts';
import { LaneTables, type LaneTotals } from './lane-tables.ts';
import {
  LANE_BACKOFF_MS,
  LANE_COMMIT_GAP_MS,
  LANE_CONNECTIONS_MAX,
  LANE_HEARTBEAT_MS,
  LANE_QUEUE_LOW,
  LANE_QUEUE_MAX,
  OUTCOME_WINDOW_MS,
} from './limits.ts';
import { Marks } from './marks-tables.ts';
import { type Context, Report, type Told } from './report.ts';
import { settle } from './settle.ts';
import { shardOfName } from './shards.ts';

type Duty = 'send' | 'tell' | 'stats' | 'disable';

const open = (storage: DurableObjectStorage) => {
  const log = new LaneTables(storage);
  const hours = new Hours<LaneTotals>(storage);
  const marks = new Marks<Told & { config: LaneConfig }>(storage);
  const work = new InFlight(log.cursor, log.open);
  return { log, hours, marks, work, agenda: new Agenda<Duty>(storage), report: new Report(log, hours, marks) };
};

export class Lane extends DurableObject<Env> implements LaneRpc {
  #disk = open(this.ctx.storage);
  #config = this.#disk.marks.get('config');
  /** How many events ever matched, as the journal last said. */
  #matching = 0;
  #committedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pulling: Promise<void> | null = null;
  #behind = false;

  async configure(config: LaneConfig): Promise<void> {
    this.#disk.marks.set('config', config);
    this.#config = config;
    this.#pump();
  }

  async offer(after: number, events: Journaled[], matching: number): Promise<void> {
    if (!this.#config) return;
    this.#matching = Math.max(this.#matching, matching);
    const { work } = this.#disk;
    const room = work.queued + events.length <= LANE_QUEUE_MAX;
    if (room && work.take(after, events, events.at(-1)?.n ?? after)) this.#pump();
    else void this.#pull();
  }

  async wake(last: number, matching: number): Promise<number> {
    if (!this.#config) return 0;
    this.#matching = Math.max(this.#matching, matching);
    if (last > this.#disk.work.position || this.#disk.work.lost.length > 0) void this.#pull();
    return this.#disk.log.cursor;
  }

  async books(): Promise<LaneBooks> {
    const { log } = this.#disk;
    const waiting: EventCounts = log.waiting();
    for (const [, name] of log.open) waiting[name] = (waiting[name] ?? 0) + 1;
    return { cursor: log.cursor, triggers: log.totals.triggers, waiting };
  }

  /** Everything goes: the integration was deleted. */
  async close(): Promise<void> {
    this.#config = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#disk = open(this.ctx.storage);
  }

  override async alarm(): Promise<void> {
    await this.#disk.agenda.run(Date.now, (duty) => this.#perform(duty));
  }

  async #perform(duty: Duty): Promise<number | null> {
    if (!this.#config) return null;
    switch (duty) {
      case 'send':
        if (this.#disk.work.lost.length > 0) await this.#pull();
        this.#pump();
        return this.#nextSend();
      case 'tell':
        return this.#disk.report.tell(this.#context(this.#config), Date.now());
      case 'stats':
        await this.#disk.report.snapshot(this.#context(this.#config), this.#pending(), Date.now());
        return null;
      case 'disable':
        await directoryOf(this.env).disableIntegration(
          this.#config.integration.integration_id,
          this.#config.integration.disabled_reason ?? '',
        );
        return null;
    }
  }

  /** Reads on in the journal until the queue is full; one at a time. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#readOn()
      .catch((error) => {
        console.warn('the journal could not be read; it will be tried again:', error);
        this.#disk.agenda.soon('send', Date.now() + LANE_BACKOFF_MS);
      })
      .finally(() => {
        this.#pulling = null;
      });
    return this.#pulling;
  }

  async #readOn(): Promise<void> {
    for (this.#behind = true; this.#behind && this.#disk.work.queued < LANE_QUEUE_LOW; ) {
      if (!this.#config) return;
      const { work } = this.#disk;
      const { lost, position } = work;
      const id = this.#config.integration.integration_id;
      const page = await this.#journal(this.#config).read(id, position, lost);
      work.again(page.events.filter(({ n }) => n <= position).map((entry) => ({ ...entry, attempts: [] })));
      work.take(position, page.events, page.through);
      this.#behind = page.more;
      this.#pump();
    }
  }

  /** Begins as many jobs as there are connections. */
  #pump(): void {
    if (!this.#config) return;
    const { work, log } = this.#disk;
    const { enabled, disabled_reason } = this.#config.integration;
    const now = Date.now();
    if (work.earlier === 0) work.again(log.due(enabled ? now : Number.MAX_SAFE_INTEGER, LANE_QUEUE_LOW));
    while (work.busy < LANE_CONNECTIONS_MAX) {
      const job = work.next();
      if (!job) break;
      if (enabled) void this.#attempt(job, this.#config, work);
      else this.#end({ kind: 'settled', job, status: 'skipped', reason: disabled_reason });
    }
    if (this.#behind && work.queued < LANE_QUEUE_LOW) void this.#pull();
  }

  async #attempt(job: Job, config: LaneConfig, work: InFlight): Promise<void> {
    const turn = await attempt(job, config, outsideOf(this.env, Date.now), Math.random());
    if (work !== this.#disk.work) return;
    this.#end(turn);
    if (turn.kind === 'settled' && turn.reason === GONE) this.#disable(GONE);
    this.#pump();
  }

  #end(turn: Turn): void {
    this.#disk.work.end(turn);
    if (this.#timer !== null) return;
    const idle = this.#disk.work.pending === 0;
    const wait = idle ? 0 : this.#committedAt + LANE_COMMIT_GAP_MS - Date.now();
    this.#timer = setTimeout(() => this.#commit(), Math.max(0, wait));
  }

  #commit(): void {
    this.#timer = null;
    const { work, log, hours, agenda, report } = this.#disk;
    const now = Math.max(Date.now(), log.at);
    this.#committedAt = now;
    try {
      const written = settle(work.drain(), log.totals, this.#config?.site_name ?? '', now);
      const due = Math.min(...written.retries.map((retry) => retry.due));
      if (work.open.size > 0) agenda.soon('send', now + LANE_HEARTBEAT_MS);
      if (Number.isFinite(due)) agenda.soon('send', due);
      if (written.settled.length > 0) agenda.soon('tell', now + OUTCOME_WINDOW_MS);
      agenda.soon('stats', report.nextSnapshot(now));
      this.ctx.storage.transactionSync(() => {
        hours.close(log.at, now, log.totals);
        log.commit({ at: now, cursor: work.cursor, open: [...work.open], ...written });
      });
      if (this.#config)
        report
          .raise(this.#context(this.#config))
          .catch((error) => console.warn('outcomes could not be raised; they will be:', error));
      this.#pump();
    } catch (error) {
      // What was in memory is as lost as after a crash, and comes again the same way.
      console.error('a commit failed; what it held is sent again:', error);
      this.#disk = open(this.ctx.storage);
      this.#disk.agenda.soon('send', now + LANE_BACKOFF_MS);
    }
  }

  /** No further attempt; the Directory is told until it knows. */
  #disable(reason: string): void {
    if (!this.#config?.integration.enabled) return;
    const integration = { ...this.#config.integration, enabled: false, disabled_reason: reason };
    this.#config = { ...this.#config, integration };
    this.#disk.marks.set('config', this.#config);
    this.#disk.agenda.soon('disable', Date.now());
  }

  #nextSend(): number | null {
    const { work, log } = this.#disk;
    const heartbeat = Date.now() + LANE_HEARTBEAT_MS;
    const due = log.nextDue(work.begun);
    if (work.pending > 0 || work.open.size > 0) return Math.min(heartbeat, Math.max(due ?? heartbeat, Date.now() + 1));
    return due;
  }

  #pending(): number {
    const { log, work } = this.#disk;
    const ended = Object.values(log.totals.triggers).reduce((sum, e) => sum + e.succeeded + e.failed + e.skipped, 0);
    const waiting = Object.values(log.waiting()).reduce((sum, count) => sum + count, 0);
    return Math.max(this.#matching - ended, waiting + work.open.size);
  }

  #journal(config: LaneConfig) {
    return journalOf(this.env, config, config.site_id, shardOfName(this.#name));
  }

  #context(config: LaneConfig): Context {
    return { name: this.#name, config, kv: this.env.HUB_KV, journal: this.#journal(config) };
  }

  get #name(): string {
    if (!this.ctx.id.name) throw new Error('a lane is addressed by its name');
    return this.ctx.id.name;
  }
}
