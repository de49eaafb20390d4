// Follows one journal for one integration: takes new events, has them sent, settles. Its disk is a cursor into the
// journal and rows for exceptions only; the journal holds the events. It settles after the response and before it
// forgets, so a crash between sends again with the same webhook-id: at least once to the receiver, exactly once in the
// books. What begins when: sender.ts; what follows an attempt: schedule.ts; how it is counted: settle.ts; who is
// told: report.ts; what people are shown: history.ts.
import { DurableObject } from 'cloudflare:workers';
import { GONE, NO_SUCCESS } from './attempt.ts';
import { directoryOf, type Env, journalOf } from './bindings.ts';
import { outsideOf } from './deliver.ts';
import type { DeliveryQuery, ReplayFilter } from './delivery.ts';
import type { EventName } from './event.ts';
import { healthOf, pendingOf } from './health.ts';
import { History } from './history.ts';
import type { Turn } from './in-flight.ts';
import { takeOver } from './lane-care.ts';
import { type LaneDuty, openLane } from './lane-disk.ts';
import type { Written } from './lane-tables.ts';
import * as limits from './limits.ts';
import type { Journaled, LaneConfig, LaneRpc, Person } from './rpc.ts';
import { settle } from './settle.ts';
import { nameOf, shardOfName } from './shards.ts';

export class Lane extends DurableObject<Env> implements LaneRpc {
  #disk = this.#open();
  #config = this.#disk.marks.get('config');
  /** How many events ever matched, as the journal last said. */
  #matching = 0;
  #committedAt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  async configure(config: LaneConfig): Promise<void> {
    this.#config = takeOver(this.#config, config);
    this.#disk.marks.set('config', this.#config);
    this.#pump();
  }

  async offer(after: number, events: Journaled[], matching: number): Promise<void> {
    if (!this.#config) return;
    this.#matching = Math.max(this.#matching, matching);
    const { work } = this.#disk;
    if (work.hasRoom(events.length) && work.take(after, events, events.at(-1)?.n ?? after)) this.#pump();
    else void this.#pull();
  }

  async wake(last: number, matching: number): Promise<number> {
    if (!this.#config) return 0;
    this.#matching = Math.max(this.#matching, matching);
    if (last > this.#disk.work.position || this.#disk.work.lost.length > 0) void this.#pull();
    return this.#disk.log.cursor;
  }

  async books() {
    return this.#disk.care.books(Date.now());
  }

  async needs() {
    return this.#disk.care.needs();
  }

  async erase(person: Person, through: number): Promise<number> {
    const erased = this.#disk.care.erase(person, through, Date.now());
    this.#pump();
    // What is being raised was read before: it is in the journal when this answers, and is found there.
    if (this.#config) await this.#disk.report.raise(this.#context(this.#config));
    return erased;
  }

  async health() {
    const { log } = this.#disk;
    return healthOf(log.totals, this.#config?.integration ?? null, pendingOf(log, this.#matching), Date.now());
  }

  async deliveries(query: DeliveryQuery) {
    return this.#history().list(query);
  }

  async delivery(entry: Journaled) {
    return this.#history().show(entry);
  }

  async replayOne(entry: Journaled) {
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

  async #perform(duty: LaneDuty): Promise<number | null> {
    if (!this.#config) return null;
    const { work, report } = this.#disk;
    switch (duty) {
      case 'send':
        if (work.lost.length > 0) await this.#pull();
        if (this.#timer !== null) this.#commitSoon();
        this.#pump();
        return this.#disk.sender.nextSend();
      case 'tell':
        return report.tell(this.#context(this.#config), Date.now());
      case 'stats':
        return report.snapshot(this.#context(this.#config), pendingOf(this.#disk.log, this.#matching), Date.now());
      case 'disable':
        await directoryOf(this.env).disableIntegration(this.#config.integration);
        return null;
      default:
        return this.#disk.care.perform(duty, this.#context(this.#config), Date.now());
    }
  }

  /** Reads on in the journal; what fails is tried again by the alarm. */
  async #pull(): Promise<void> {
    if (!this.#config) return;
    const { reader, agenda } = this.#disk;
    const id = this.#config.integration.integration_id;
    await reader
      .read(id, this.#context(this.#config).journal, () => this.#pump())
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
    this.#commitSoon();
    if (turn.kind === 'retry' || turn.status !== 'skipped') this.#pump();
  }

  /** At once after a pause, else when the gap has passed; never later, also where the clock ran back. */
  #commitSoon(): void {
    const wait = Math.min(0, this.#committedAt - Date.now()) + limits.LANE_COMMIT_GAP_MS;
    if (wait <= 0) this.#commit();
    else this.#timer ??= setTimeout(() => this.#commit(), wait);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #commit(): void {
    this.#stopTimer();
    const { work, log } = this.#disk;
    try {
      do this.#write(settle(work.drain(), log.totals, this.#config?.site_name ?? '', Date.now()));
      while (work.ended > 0);
      const { failing_since } = log.totals.health;
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
    const { work, log, hours, again, agenda, report, care } = this.#disk;
    const now = Math.max(Date.now(), log.at);
    this.#committedAt = now;
    const due = Math.min(...written.retries.map((retry) => retry.due));
    if (work.open.size > 0) agenda.soon('send', now + limits.LANE_HEARTBEAT_MS);
    if (Number.isFinite(due)) agenda.soon('send', due);
    if (written.settled.length > 0) agenda.soon('tell', now + limits.OUTCOME_WINDOW_MS);
    agenda.soon('stats', report.nextSnapshot(now));
    care.soon(now);
    this.ctx.storage.transactionSync(() => {
      hours.close(log.at, now, log.totals);
      again.note(written.reopened);
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

  #history(): History {
    if (!this.#config) throw new Error('this lane was never configured');
    return new History(this.#disk, this.#config, this.#context(this.#config).journal, (written) => {
      this.#write(written);
      this.#pump();
    });
  }

  #open() {
    return openLane({
      storage: this.ctx.storage,
      name: nameOf(this.ctx),
      outside: outsideOf(this.env, Date.now),
      random: Math.random,
      ended: (turn) => this.#ended(turn),
      resume: () => this.#pump(),
    });
  }

  /** As after a restart: what was under way ends unheard. */
  #reopen(): void {
    this.#stopTimer();
    this.#disk.sender.stop();
    this.#disk = this.#open();
  }

  #context(config: LaneConfig) {
    const name = nameOf(this.ctx);
    const journal = journalOf(this.env, config, config.site_id, shardOfName(name));
    return { name, config, kv: this.env.HUB_KV, journal };
  }
}
