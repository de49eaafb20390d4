// The Worker as it is, each of its effects that Cloudflare bills counted on the way: rows as SQLite itself counts them,
// calls and alarms of Durable Objects, the time in which an object can't sleep, reads and writes of KV.
// Owns the counting and nothing else: what is counted is worker/index.ts, unchanged. GET /meter tells the counts.
// Trade-off: an object's own call of one of its public methods counts too (journal.follow, once in its life).
import type { Env } from '../../worker/bindings.ts';
import worker, { Directory as BareDirectory, Journal as BareJournal, Lane as BareLane } from '../../worker/index.ts';

export type Counts = {
  calls: number;
  alarms: number;
  /** By table; `alarm`: each setAlarm is billed as a row. */
  rowsWritten: Record<string, number>;
  rowsRead: number;
  /** While a call, an alarm or a request of the object's own is under way; what two overlap counts once. */
  activeMs: number;
};
export type Meter = {
  requests: number;
  kv: { read: number; written: number };
  objects: Record<'journal' | 'lane' | 'directory', Counts>;
};

const none = (): Counts => ({ calls: 0, alarms: 0, rowsWritten: {}, rowsRead: 0, activeMs: 0 });
const meter: Meter = {
  requests: 0,
  kv: { read: 0, written: 0 },
  objects: { journal: none(), lane: none(), directory: none() },
};

type Kind = keyof Meter['objects'];

/** The state of one object: busy with how much, since when. */
class Activity {
  #depth = 0;
  #since = 0;
  readonly #counts: Counts;
  constructor(kind: Kind) {
    this.#counts = meter.objects[kind];
  }
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#depth++ === 0) this.#since = Date.now();
    try {
      return await work();
    } finally {
      if (--this.#depth === 0) this.#counts.activeMs += Date.now() - this.#since;
    }
  }
}

const TABLE = /\b(?:INTO|UPDATE|FROM|EXISTS|TABLE)\s+(?!EXISTS|IF)(\w+)/;

function meterStorage(storage: DurableObjectStorage, counts: Counts): void {
  const add = (table: string, rows: number) => {
    counts.rowsWritten[table] = (counts.rowsWritten[table] ?? 0) + rows;
  };
  const exec = storage.sql.exec.bind(storage.sql);
  // Reads go on while the cursor is read; by the next statement of this synchronous code it has been.
  let last: { readonly rowsRead: number } | undefined;
  storage.sql.exec = ((...args: Parameters<typeof exec>) => {
    counts.rowsRead += last?.rowsRead ?? 0;
    const cursor = exec(...args);
    if (cursor.rowsWritten > 0) add(TABLE.exec(args[0])?.[1] ?? 'other', cursor.rowsWritten);
    last = cursor;
    return cursor;
  }) as typeof storage.sql.exec;
  const setAlarm = storage.setAlarm.bind(storage);
  storage.setAlarm = (...args) => {
    add('alarm', 1);
    return setAlarm(...args);
  };
}

/** The same object, each of its methods called through `around`. */
function intercept<T extends object>(target: T, around: (name: string, call: () => unknown) => unknown): T {
  return new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => around(String(name), () => Reflect.apply(value, target, args));
    },
  });
}

/** Lists are billed as writes are. */
const KV_READS = ['get', 'getWithMetadata'];

function meterEnv(env: Env, activity?: Activity): Env {
  const HUB_KV = intercept(env.HUB_KV, (name, call) => {
    meter.kv[KV_READS.includes(name) ? 'read' : 'written']++;
    return call();
  });
  if (!activity || !env.EGRESS) return { ...env, HUB_KV };
  const EGRESS = intercept(env.EGRESS, (name, call) =>
    name === 'fetch' ? activity.during(async () => call()) : call(),
  );
  return { ...env, HUB_KV, EGRESS };
}

type ObjectClass = new (ctx: DurableObjectState, env: Env) => object;

function metered<T extends ObjectClass>(Base: T, kind: Kind): T {
  const counts = meter.objects[kind];
  const activities = new WeakMap<object, Activity>();
  const Metered = class extends (Base as ObjectClass) {
    constructor(ctx: DurableObjectState, env: Env) {
      const activity = new Activity(kind);
      meterStorage(ctx.storage, counts);
      super(ctx, meterEnv(env, activity));
      activities.set(this, activity);
    }
  };
  for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(Base.prototype))) {
    // Not the directory's two properties with methods of their own: they serve people, not events.
    if (name === 'constructor' || typeof method !== 'function') continue;
    Object.defineProperty(Metered.prototype, name, {
      value(this: object, ...args: unknown[]) {
        counts[name === 'alarm' ? 'alarms' : 'calls']++;
        return (activities.get(this) as Activity).during(async () => Reflect.apply(method, this, args));
      },
    });
  }
  return Metered as unknown as T;
}

export const Journal = metered(BareJournal, 'journal');
export const Lane = metered(BareLane, 'lane');
export const Directory = metered(BareDirectory, 'directory');

let edge: Env | undefined;

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/meter') return Response.json(meter);
    meter.requests++;
    edge ??= meterEnv(env);
    return worker.fetch(request, edge, context);
  },
} satisfies ExportedHandler<Env>;
