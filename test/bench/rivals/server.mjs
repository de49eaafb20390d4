// What a user would write to take events in: an express server that puts each event into a durable queue and answers
// 202 when it is there. `node server.mjs bullmq|pg-boss STORE`. Tells its port to whoever started it.
// Does what hubwire's collector does for an event: parses, checks the shape, keeps, answers. No more, to its advantage.
import express from 'express';

const [, , kind, store] = process.argv;
const queue = await (await import(`./${kind}.mjs`)).open(store);
const app = express();
app.disable('x-powered-by');
app.disable('etag');

app.post('/v1/events', express.text({ type: '*/*', limit: '64kb' }), async (request, response) => {
  const { site_id, events } = JSON.parse(request.body);
  const sound = typeof site_id === 'string' && Array.isArray(events) && events.length <= 50 && events.every(isEvent);
  if (!sound) return response.status(400).json({ error: { code: 'invalid_beacon', message: 'Not a beacon.' } });
  await queue.add(events.map((event) => ({ ...event, site_id })));
  response.status(202).json({ accepted: events.length, duplicate: 0, rejected: [] });
});

/** For the benchmark: what was accepted and has not ended. */
app.get('/held', async (_, response) => response.json(await queue.held()));

const isEvent = ({ id, event, user_session_id }) =>
  typeof id === 'string' && typeof event === 'string' && typeof user_session_id === 'string';

const server = app.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('disconnect', () => process.exit());
