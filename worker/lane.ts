// Follows one journal for one integration: takes new events, has them sent, settles. Its disk is a cursor into the
// journal and rows for exceptions only; the journal holds the events. It settles after the response and before it
// forgets, so a crash between sends again with the same webhook-id: at least once to the receiver, exactly once in
// the books. What begins when: sender.ts; what follows an attempt: schedule.ts; how it is counted: settle.ts; who is
// told: report.ts; what people are shown: history.ts.
import { DurableObject } from 'cloudflare:workers';
import { Agenda } from './agenda-tables.ts';
import { GONE } from './attempt.ts';
import { directoryOf, type Env, type Journaled, journalOf, type LaneConfig, type LaneRpc } from './bindings.ts';
import { outsideOf } from './deliver.ts';
import type { DeliveryQuery, ReplayFilter } from './delivery.ts';
import type { EventName } from './event.ts';
import { healthOf, pendingOf } from './health.ts';
import { History } from './history.ts';
import { Hours } from './hours-tables.ts';
import { InFlight, type Turn } from './in-flight.ts';
import { LaneTables, type LaneTotals, type Written } from './lane-tables.ts';
import * as limits from './limits.ts';
import { Marks } from './marks-tables.ts';
import { Reader } from './reader.ts';
import { type Context, Report, type Told } from './report.ts';
import { Sender } from './sender.ts';
import { settle } from './settle.ts';
import { nameOf, shardOfName } from './shards.ts';

type Duty = 'send' | 'tell' | 'stats' | 'disable';

export class Lane extends DurableObject<Env> implements LaneRpc {
  #disk = this.#open();
  #config = this.#disk.marks.get('config');
  /** How many events ever matched, as the journal last said. */
  #matching = 0;
  #committedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  async configure(config: LaneConfig): Promise<void> {
    this.#disk.marks.set('config', config);
    this.#config = config;
    this.#pump();
  }

  async offer(after: number, events: Journaled[], matching: number): Promise<void> {
    if (!this.#config) return;
    this.#matching = Math.max(this.#matching, matching);
    const { work } = this.#disk;
    const room = work.queued + events.length <= limits.LANE_QUEUE_MAX;
    if (room && work.take(after, events, events.at(-1)?.n ?? after)) this.#pump();
    else void this.#pull();
  }

  async wake(last: number, matching: number): Promise<number> {
    if (!this.#config) return 0;
    this.#matching = Math.max(this.#matching, matching);
    if (last > this.#disk.work.position || this.#disk.work.lost.length > 0) void this.#pull();
    return this.#disk.log.cursor;
  }

  async books() {
    const { log } = this.#disk;
    return { cursor: log.cursor, triggers: log.totals.triggers, waiting: log.unended() };
  }

  async health() {
    return healthOf(this.#disk.log.totals, this.#config?.integration ?? null, this.#pending(), Date.now());
  }

  async deliveries(query: DeliveryQuery) {
    return this.#history().list(query);
  }

  async delivery(entry: Journaled) {
    return this.#history().show(entry);
  }

  async replayOne(entry: Journaled): Promise<boolean> {
    return this.#history().replayOne(entry, Date.now());
  }

  async replayMany(filter: ReplayFilter): Promise<number> {
    return this.#history().replayMany(filter, Date.now());
  }

  async probe(name: EventName) {
    return this.#history().probe(name, crypto.randomUUID(), outsideOf(this.env, Date.now));
  }

  /** Everything goes: the integration was deleted. */
  async close(): Promise<void> {
    this.#config = null;
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#reopen();
  }

  override async alarm(): Promise<void> {
    await this.#disk.agenda.run(Date.now, (duty) => this.#perform(duty));
  }

  async #perform(duty: Duty): Promise<number | null> {
    if (!this.#config) return null;
    const { work, report } = this.#disk;
    switch (duty) {
      case 'send':
        if (work.lost.length > 0) await this.#pull();
        this.#pump();
        return this.#nextSend();
      case 'tell':
        return report.tell(this.#context(this.#config), Date.now());
      case 'stats':
        await report.snapshot(this.#context(this.#config), this.#pending(), Date.now());
        return null;
      case 'disable': {
        await directoryOf(this.env).disableIntegration(this.#config.integration);
        return null;
      }
    }
  }

  /** Reads on in the journal; what fails is tried again by the alarm. */
  async #pull(): Promise<void> {
    if (!this.#config) return;
    const { reader, agenda } = this.#disk;
    const id = this.#config.integration.integration_id;
    await reader
      .read(id, this.#journal(this.#config), () => this.#pump())
      .catch((error) => {
        console.warn('the journal could not be read; it will be tried again:', error);
        agenda.soon('send', Date.now() + limits.LANE_BACKOFF_MS);
      });
  }

  #pump(): void {
    if (!this.#config) return;
    this.#disk.sender.pump(this.#config);
    if (this.#disk.reader.wantsMore) void this.#pull();
  }

  #ended(turn: Turn): void {
    this.#disk.work.end(turn);
    if (turn.kind === 'settled' && turn.reason === GONE) this.#disable(GONE);
    const wait = this.#committedAt + limits.LANE_COMMIT_GAP_MS - Date.now();
    this.#timer ??= setTimeout(() => this.#commit(), Math.max(0, wait));
    if (turn.kind === 'retry' || turn.status !== 'skipped') this.#pump();
  }

  #commit(): void {
    this.#timer = null;
    const { work, log } = this.#disk;
    try {
      const written = settle(work.drain(), log.totals, this.#config?.site_name ?? '', Date.now());
      this.#write(written);
      const { failing_since } = written.totals.health;
      if (failing_since !== null && Date.now() - failing_since > limits.DISABLE_AFTER_MS) this.#disable(NO_SUCCESS);
    } catch (error) {
      // What was in memory is as lost as after a crash, and comes again the same way.
      console.error('a commit failed; what it held is sent again:', error);
      this.#reopen();
      this.#disk.agenda.soon('send', Date.now() + limits.LANE_BACKOFF_MS);
    }
    this.#pump();
  }

  /** One transaction; the duties that follow from it are on disk no later than it is. */
  #write(written: Written): void {
    const { work, log, hours, agenda, report } = this.#disk;
    const now = Math.max(Date.now(), log.at);
    this.#committedAt = now;
    const due = Math.min(...written.retries.map((retry) => retry.due));
    if (work.open.size > 0) agenda.soon('send', now + limits.LANE_HEARTBEAT_MS);
    if (Number.isFinite(due)) agenda.soon('send', due);
    if (written.settled.length > 0) agenda.soon('tell', now + limits.OUTCOME_WINDOW_MS);
    agenda.soon('stats', report.nextSnapshot(now));
    this.ctx.storage.transactionSync(() => {
      hours.close(log.at, now, log.totals);
      log.commit({ at: now, cursor: work.cursor, open: [...work.open], ...written });
    });
    if (!this.#config) return;
    const raised = report.raise(this.#context(this.#config));
    raised.catch((error) => console.warn('outcomes could not be raised; they will be:', error));
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
    const heartbeat = Date.now() + limits.LANE_HEARTBEAT_MS;
    const due = log.nextDue(work.begun);
    if (work.pending > 0 || work.open.size > 0) return Math.min(heartbeat, Math.max(due ?? heartbeat, Date.now() + 1));
    return due;
  }

  #pending(): number {
    return pendingOf(this.#disk.log, this.#matching);
  }

  #history(): History {
    if (!this.#config) throw new Error('this lane was never configured');
    return new History(this.#disk, this.#config, this.#journal(this.#config), (written) => {
      this.#write(written);
      this.#pump();
    });
  }

  #open() {
    const { storage } = this.ctx;
    const log = new LaneTables(storage);
    const hours = new Hours<LaneTotals>(storage);
    const marks = new Marks<Told & { config: LaneConfig }>(storage);
    const work = new InFlight(log.cursor, log.open);
    const sender = new Sender({
      work,
      log,
      outside: outsideOf(this.env, Date.now),
      random: Math.random,
      ended: (turn) => this.#ended(turn),
      resume: () => this.#pump(),
    });
    const report = new Report(log, hours, marks);
    return { log, hours, marks, work, sender, report, reader: new Reader(work), agenda: new Agenda<Duty>(storage) };
  }

  /** As after a restart: what was under way ends unheard. */
  #reopen(): void {
    this.#disk.sender.stop();
    this.#disk = this.#open();
  }

  #journal(config: LaneConfig) {
    return journalOf(this.env, config, config.site_id, shardOfName(nameOf(this.ctx)));
  }

  #context(config: LaneConfig): Context {
    return { name: nameOf(this.ctx), config, kv: this.env.HUB_KV, journal: this.#journal(config) };
  }
}

const NO_SUCCESS = 'Disabled: five days of failures without a single success.';
