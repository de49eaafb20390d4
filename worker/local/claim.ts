// Makes the data folder ours: alone in it, and nothing left running of a launcher that was killed.
// Owns the sentences for when it cannot be; leaves the lock to lock.ts and the killing to orphan.ts.
// Trade-off: orphans are looked for only under the lock, so two starts at once can't end one another's runtime.
import { type Lock, type Running, takeLock } from './lock.ts';
import { reapOrphans } from './orphan.ts';

export type Claim = { ok: true; lock: Lock } | { ok: false; sentence: string };

/** Takes the folder; `say` is told what a killed launcher left. */
export async function claimDataFolder(dataDir: string, say: (line: string) => void): Promise<Claim> {
  const taken = takeLock(dataDir);
  if (!taken.ok)
    return {
      ok: false,
      sentence: taken.reason === 'held' ? heldBy(dataDir, taken.holder) : unusable(dataDir, taken.detail),
    };

  const { lock } = taken;
  if (lock.killed === null) return { ok: true, lock };
  say(`  The last start (process ${lock.killed.pid}) was killed; going on from its data.`);
  const { ended, stuck } = await reapOrphans(lock.killed.run);
  for (const pid of ended) say(`  Ended the runtime that it left behind (workerd, process ${pid}).`);
  if (stuck.length === 0) return { ok: true, lock };
  // The note stays: the next start has to know whom to look for.
  const sentence = `The runtime that it left behind (workerd, process ${stuck.join(', ')}) does not end. End it, then run npm start again.`;
  return { ok: false, sentence };
}

function heldBy(dataDir: string, holder: Running | null): string {
  const on = holder?.url ? `, on ${holder.url}` : '';
  const who = holder ? `process ${holder.pid}${on}, since ${holder.since}` : 'another process';
  return (
    `hubwire already runs on the data folder ${dataDir} (${who}).\n` +
    'Use that one, end it with Ctrl-C, or give this one its own folder and port:\n' +
    '  HUBWIRE_DATA=.hubwire-2 PORT=0 npm start'
  );
}

const unusable = (dataDir: string, detail: string) =>
  `The data folder ${dataDir} cannot be used: ${detail}. Choose another with HUBWIRE_DATA.`;
