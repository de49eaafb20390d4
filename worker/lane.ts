// Follows one journal for one integration: takes new events, sends six at a time, retries, settles. Its disk is a
// cursor into the journal and rows for exceptions only; the journal holds the events. It settles after the response
// and before it forgets, so a crash between sends again with the same webhook-id: at least once to the receiver,
// exactly once in the books. Which job begins next: in-flight.ts; what follows an attempt: schedule.ts; how it is
// counted: settle.ts; who is told: report.ts.
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from './agenda-tables.ts';
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
import { deliver, type Outside } from './deliver.ts';
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
  STATS_FIRST_MS,
  STATS_INTERVAL_MS,
} from './limits.ts';
import { Marks } from './marks-tables.ts';
import { payload } from './payload.ts';
import { publishSnapshot, publishWindows, raiseOutcomes, type Told } from './report.ts';
import { judge } from './schedule.ts';
import { settle } from './settle.ts';
import { shardOfName } from './shards.ts';

type Duty = 'send' | 'tell' | 'stats' | 'disable';

const open = (storage: DurableObjectStorage) => {
  const log = new LaneTables(storage);
  return {
    log,
    hours: new Hours<LaneTotals>(storage),
    marks: new Marks<Told & { config: LaneConfig }>(storage),
    agenda: new Agenda<Duty>(storage),
    work: new InFlight(log.cursor, log.open),
  };
};

export class Lane extends DurableObject<Env> implements LaneRpc {
  #disk = open(this.ctx.storage);
  #config = this.#disk.marks.get('config');
  /** How many events ever matched, as the journal last said. */
  #matching = 0;
  #raised = this.#disk.marks.get('raised') ?? 0;
  #committedAt = 0;
  #publishedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pulling: Promise<void> | null = null;
  #raising: Promise<void> | null = null;
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
        await this.#raise();
        this.#disk.marks.set('raised', this.#raised);
        return publishWindows(this.#self(this.#config), this.#disk.log, this.#disk.marks, Date.now());
      case 'stats':
        this.#publishedAt = Date.now();
        await publishSnapshot(this.#self(this.#config), this.#disk.log, this.#disk.hours, this.#pending(), Date.now());
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
      work.take(
        position,
        page.events.filter(({ n }) => n > position),
        page.through,
      );
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
      else
        this.#end({
          kind: 'settled',
          job,
          status: 'skipped',
          reason: disabled_reason ?? 'The integration is disabled.',
        });
    }
    if (this.#behind && work.queued < LANE_QUEUE_LOW) void this.#pull();
  }

  async #attempt(job: Job, config: LaneConfig, work: InFlight): Promise<void> {
    const { event } = job;
    const delivery = {
      id: event.id,
      url: config.integration.url,
      body: payload(event, config),
      secrets: config.secrets,
      attempt: job.attempts.length + 1,
    };
    const attempts = [...job.attempts, await deliver(delivery, this.#outside())];
    if (work !== this.#disk.work) return;
    const tried = { ...job, attempts };
    const verdict = judge(attempts, config.integration.schedule_seconds, Date.now(), Math.random());
    if (verdict.kind === 'retry') this.#end({ kind: 'retry', job: tried, due: verdict.at });
    else if (verdict.kind === 'succeeded')
      this.#end({ kind: 'settled', job: tried, status: 'succeeded', reason: null });
    else {
      const reason = verdict.gone ? 'The endpoint answered 410: it asks never to be called again.' : null;
      this.#end({ kind: 'settled', job: tried, status: 'failed', reason: reason ?? attempts.at(-1)?.error ?? null });
      if (reason) this.#disable(reason);
    }
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
    const { work, log, hours, agenda } = this.#disk;
    const now = Math.max(Date.now(), log.at);
    this.#committedAt = now;
    try {
      const written = settle(work.drain(), log.totals, this.#config?.site_name ?? '', now);
      const due = Math.min(...written.retries.map((retry) => retry.due));
      if (work.open.size > 0) agenda.soon('send', now + LANE_HEARTBEAT_MS);
      if (Number.isFinite(due)) agenda.soon('send', due);
      if (written.settled.length > 0) agenda.soon('tell', now + OUTCOME_WINDOW_MS);
      agenda.soon('stats', Math.max(now + STATS_FIRST_MS, this.#publishedAt + STATS_INTERVAL_MS));
      this.ctx.storage.transactionSync(() => {
        hours.close(log.at, now, log.totals);
        log.commit({ at: now, cursor: work.cursor, open: [...work.open], ...written });
      });
      this.#raise().catch((error) => console.warn('outcomes could not be raised; they will be:', error));
      this.#pump();
    } catch (error) {
      // What was in memory is as lost as after a crash, and comes again the same way.
      console.error('a commit failed; what it held is sent again:', error);
      this.#disk = open(this.ctx.storage);
      this.#disk.agenda.soon('send', now + LANE_BACKOFF_MS);
    }
  }

  /** One at a time, so that none is raised twice for nothing. */
  #raise(): Promise<void> {
    this.#raising ??= this.#raiseNew().finally(() => {
      this.#raising = null;
    });
    return this.#raising;
  }

  async #raiseNew(): Promise<void> {
    while (this.#config && this.#raised < this.#disk.log.seq)
      this.#raised = await raiseOutcomes(this.#self(this.#config), this.#disk.log, this.#raised);
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

  #outside(): Outside {
    const { EGRESS, ALLOW_PRIVATE_ENDPOINTS, VERSION = 'dev' } = this.env;
    return {
      fetch: (...request) => (EGRESS ? EGRESS.fetch(...request) : fetch(...request)),
      now: Date.now,
      rules: { loopback: ALLOW_PRIVATE_ENDPOINTS === 'loopback' },
      version: VERSION,
    };
  }

  #journal(config: LaneConfig) {
    return journalOf(this.env, config, config.site_id, shardOfName(this.#name));
  }

  #self(config: LaneConfig) {
    return { name: this.#name, config, kv: this.env.HUB_KV, journal: this.#journal(config) };
  }

  get #name(): string {
    if (!this.ctx.id.name) throw new Error('a lane is addressed by its name');
    return this.ctx.id.name;
  }
}
