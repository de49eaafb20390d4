// The queue on PostgreSQL. Settings beyond pg-boss's defaults favour it: woken by LISTEN/NOTIFY instead of polling each
// two seconds, four fetchers of 25, full batches fetched on at once, and a heartbeat (its shortest), so that the jobs of
// a killed worker come back before the quarter of an hour that is the default.
import { PgBoss } from 'pg-boss';

const NAME = 'events';
const FETCHERS = 4;
const BATCH = 25;
const HEARTBEAT_S = 10;
const RETRIES = { retryLimit: 9, retryDelay: 5, retryBackoff: true };

/** @param {string} store the port of a PostgreSQL on this machine */
export async function open(store) {
  const boss = new PgBoss({
    host: '127.0.0.1',
    port: Number(store),
    user: 'bench',
    database: 'postgres',
    useListenNotify: true,
    monitorIntervalSeconds: HEARTBEAT_S,
    superviseIntervalSeconds: HEARTBEAT_S,
  });
  boss.on('error', (error) => console.error(`pg-boss: ${error.message}`));
  await boss.start();
  if (!(await boss.getQueue(NAME)))
    await boss.createQueue(NAME, { ...RETRIES, notify: true, heartbeatSeconds: HEARTBEAT_S });
  return {
    add: (events) =>
      events.length === 1
        ? boss.send(NAME, events[0], { id: events[0].id })
        : boss.insert(
            NAME,
            events.map((data) => ({ id: data.id, data })),
          ),
    work: (deliver) =>
      boss.work(
        NAME,
        { localConcurrency: FETCHERS, batchSize: BATCH, burstWhenBatchFull: true, perJobResults: true },
        (jobs) =>
          Promise.all(
            jobs.map(({ id, data }) =>
              deliver(data).then(
                () => ({ id, status: 'completed' }),
                (error) => ({ id, status: 'failed', output: { message: error.message } }),
              ),
            ),
          ),
      ),
    /** What it still holds and has not finished. */
    async held() {
      const { rows } = await boss
        .getDb()
        .executeSql(`SELECT count(*) AS n FROM pgboss.job WHERE name = '${NAME}' AND state < 'completed'`);
      return Number(rows[0].n);
    },
  };
}
