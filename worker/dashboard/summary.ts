// One line in words on the state of a site: whether sign-ups reach the tools, and if not, which, since when, and why.
// Pure: figures in, phrases out; the page makes them visible, with times in the viewer's zone.
// Trade-off: it says the one thing that matters most, in this order: failing, switched off, lost, on the way, fine.
import type { EventName } from '../event.ts';
import type { Range, Stats } from '../stats.ts';
import { brief } from './brief.ts';

export type Tone = 'good' | 'bad' | 'warn' | 'idle';
/** A time (ms) is a phrase of its own. */
export type Phrase = string | { at: number };
export type Summary = { tone: Tone; phrases: Phrase[]; next?: 'setup' | 'connect' | Ended };
/** Deliveries to look at, by their status. */
type Ended = 'failed' | 'retrying' | 'skipped';

export type Fares = Stats['integrations'][number] & {
  triggers: readonly EventName[];
  /** When it began to fail, ms; null where it does not. */
  failing_since: number | null;
};

const SPAN: Record<Range, string> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

export function summarize(totals: Stats['totals'], integrations: readonly Fares[], range: Range): Summary {
  const { SignUpSuccess: signUps, SiteViewed: views } = totals;
  if (integrations.length === 0) {
    if (signUps + views === 0)
      return { tone: 'idle', phrases: ['Nothing has arrived yet. Put the tag on your pages.'], next: 'setup' };
    const counted = signUps > 0 ? count(signUps, 'sign-up') : count(views, 'view');
    return {
      tone: 'warn',
      phrases: [`${counted} counted, but no tool is connected: nobody is told of them.`],
      next: 'connect',
    };
  }
  const failing = integrations.filter(({ state }) => state === 'failing');
  const off = integrations.filter(({ state }) => state === 'disabled');
  const well = integrations.filter(({ state }) => state === 'ok');
  const reached = well.filter(({ succeeded, failed, pending }) => succeeded > 0 && failed === 0 && pending === 0);
  const all = signUps > 0 && reached.every(({ triggers }) => triggers.includes('SignUpSuccess'));
  const good = reached.length > 0 ? `${all ? 'All sign-ups' : 'Everything'} reached ${list(reached.map(nameOf))}` : '';

  if (failing.length > 0)
    return {
      tone: 'bad',
      phrases: [...(good ? [`${good}; `] : []), ...ofFailing(failing)],
      next: failing.some(({ failed }) => failed > 0) ? 'failed' : 'retrying',
    };
  const lost = well.filter(({ failed }) => failed > 0);
  const trouble = [...off.map((row) => ofDisabled(row)), ...lost.map((row) => ofLost(row, range))];
  if (trouble.length > 0) {
    const ended = (['failed', 'skipped'] as const).find((status) => [...off, ...lost].some((row) => row[status] > 0));
    return {
      tone: 'warn',
      phrases: [`${good ? `${good}; ` : ''}${sentence(trouble.join('; '), !good)}.`],
      ...(ended && { next: ended }),
    };
  }
  const pending = well.reduce((sum, row) => sum + row.pending, 0);
  if (pending > 0) {
    const waiting = well.filter((row) => row.pending > 0);
    const way = `${count(pending, 'delivery')} on the way to ${list(waiting.map(nameOf))}`;
    return { tone: 'good', phrases: [`${good ? `${good}; ` : ''}${way}.`] };
  }
  if (good) return { tone: 'good', phrases: [`${good}.`] };
  const ready = `${list(well.map(nameOf))} ${well.length === 1 ? 'is' : 'are'} ready`;
  if (signUps + views === 0)
    return { tone: 'idle', phrases: [`Nothing happened in the last ${SPAN[range]}; ${ready}.`], next: 'setup' };
  return { tone: 'good', phrases: [`Nothing had to be sent in the last ${SPAN[range]}; ${ready}.`] };
}

function ofFailing(failing: readonly Fares[]): Phrase[] {
  const phrases: Phrase[] = [];
  for (const [i, row] of failing.slice(0, SAID_MAX).entries()) {
    phrases.push(
      `${i > 0 ? '; ' : ''}${row.name} ${row.failing_since === null ? 'is failing' : 'has been failing since '}`,
    );
    if (row.failing_since !== null) phrases.push({ at: row.failing_since });
    if (row.last_error) phrases.push(`: ${inBrief(row.last_error)}`);
  }
  const more = failing.length - SAID_MAX;
  phrases.push(more > 0 ? `; and ${count(more, 'more fails', 'more fail')}.` : '.');
  return phrases;
}
const inBrief = (error: string): string => {
  const said = brief(error);
  return said ? `it ${said.what}, ${said.advice}` : error.replace(/\.$/, '');
};
/** More than two in one line is no longer read. */
const SAID_MAX = 2;

const ofDisabled = ({ name, skipped }: Fares) =>
  `${name} is switched off${skipped > 0 ? ` and missed ${count(skipped, 'event')}` : ''}`;
const ofLost = ({ name, failed }: Fares, range: Range) =>
  `${count(failed, 'delivery')} to ${name} failed for good in the last ${SPAN[range]}, but it works now`;

const nameOf = ({ name }: Fares) => name;
const sentence = (text: string, begins: boolean) => (begins ? text.charAt(0).toUpperCase() + text.slice(1) : text);

/** "a, b and c"; beyond four the rest is a number. */
function list(names: readonly string[]): string {
  const said = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} others`] : names;
  return said.length < 2 ? (said[0] ?? '') : `${said.slice(0, -1).join(', ')} and ${said.at(-1)}`;
}

/** "1,204 sign-ups" */
export function count(n: number, one: string, many = one.endsWith('y') ? `${one.slice(0, -1)}ies` : `${one}s`): string {
  return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
