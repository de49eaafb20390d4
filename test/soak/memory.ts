// Whether a process grows while it does the same thing all the time. Each life of a process is looked at alone: after a
// kill the next one begins anew; a launcher's, whenever it has started another runtime, which takes some 75 MiB once.
// Owns the samples and what the growth of a life is; leaves how much of it is too much to whoever asks.
// Memory is what the process itself allocated (RssAnon): pages of its binary come and go with the machine's needs.
// Compared are the lowest samples of two stretches, because garbage collectors saw. Trade-off: Linux only (/proc).
import { readFile } from 'node:fs/promises';

export type Sample = { at: number; bytes: number };
export type Growth = { from: number; to: number; overMs: number };

/** A life shorter than this many warm-ups says nothing. */
const WARM_UPS_MIN = 2;
/** The part of what follows the warm-up that is looked at on either side. */
const STRETCH = 1 / 3;

/** What the process has allocated now; null when there is none. */
export async function memoryOf(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? null : Number(kib) * 1_024;
}

/** The growth of one life after its warm-up; null when it was too short to tell. */
export function growthOf(samples: readonly Sample[], warmUpMs: number): Growth | null {
  const begun = samples[0]?.at ?? 0;
  const end = samples.at(-1)?.at ?? 0;
  if (end - begun < WARM_UPS_MIN * warmUpMs || samples.length === 0) return null;
  const warm = samples.filter(({ at }) => at - begun >= warmUpMs);
  const first = warm[0]?.at ?? end;
  const stretch = (end - first) * STRETCH;
  const lowest = (of: Sample[]) => Math.min(...of.map(({ bytes }) => bytes));
  return {
    from: lowest(warm.filter(({ at }) => at <= first + stretch)),
    to: lowest(warm.filter(({ at }) => at >= end - stretch)),
    overMs: end - first,
  };
}

/** The lives of processes, each named by its process and by what else began when it began. */
export class Lives {
  /** The latest sample, in bytes. */
  last = 0;
  readonly #lives = new Map<string, Sample[]>();

  async sample(pid: number, since: number = pid): Promise<void> {
    const bytes = await memoryOf(pid);
    if (bytes === null) return;
    this.last = bytes;
    const name = `${pid} ${since}`;
    const life = this.#lives.get(name) ?? [];
    life.push({ at: performance.now(), bytes });
    this.#lives.set(name, life);
  }

  /** Of every life that was long enough. */
  growths(warmUpMs: number): Growth[] {
    return [...this.#lives.values()].map((samples) => growthOf(samples, warmUpMs)).filter((growth) => growth !== null);
  }
}
