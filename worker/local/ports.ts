// Which ports are free, asked before anything is started, so that a taken one is named in words.
// Owns that question and the answer's sentence.
// Trade-off: somebody may take the port between the question and its use; the start then fails with the runtime's words.
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { PORT_SUGGESTION_STEP, REAP_POLL_MS } from './limits.ts';

export type PortAnswer = { ok: true } | { ok: false; sentence: string };

/** Can we listen there, within `patienceMs`? Port 0 always can. */
export async function askPort(host: string, port: number, purpose: string, patienceMs = 0): Promise<PortAnswer> {
  if (port === 0) return { ok: true };
  const until = Date.now() + patienceMs;
  let code = await tryListen(host, port);
  while (code === 'EADDRINUSE' && Date.now() < until) {
    await wait(REAP_POLL_MS);
    code = await tryListen(host, port);
  }
  if (code === null) return { ok: true };
  const where = `port ${port} on ${host}`;
  if (code === 'EADDRINUSE') {
    const other = port + PORT_SUGGESTION_STEP;
    return {
      ok: false,
      sentence:
        `${purpose} needs ${where}, but another program has it. End that program, or choose another port:\n` +
        `  PORT=${other} npm start      (the demo takes the port after it; DEMO=false goes without)\n` +
        '  PORT=0 npm start         (any free ports)',
    };
  }
  if (code === 'EACCES') {
    return {
      ok: false,
      sentence: `${purpose} may not use ${where}: ports below 1024 need privileges. Choose a higher PORT.`,
    };
  }
  return { ok: false, sentence: `${purpose} cannot listen on ${where} (${code}). Is HOST an address of this machine?` };
}

function tryListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

/** How a browser on this machine reaches what listens on `host`. */
export function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' || host === '*' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
