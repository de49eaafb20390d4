// What a lane consists of, made anew from its disk: at the start, and when a commit failed and whatever was in memory
// is as lost as after a crash. Only puts the parts together; what happens between them is lane.ts. Trade-off: opening
// reads a handful of rows, so it is no way to recover from what happens often.
import { Again } from './again-tables.ts';
import { Agenda } from './agenda-tables.ts';
import { Hours } from './hours-tables.ts';
import { InFlight } from './in-flight.ts';
import { type CareDuty, LaneCare, type LaneCareMarks } from './lane-care.ts';
import { LaneTables, type LaneTotals } from './lane-tables.ts';
import { Marks } from './marks-tables.ts';
import { Reader } from './reader.ts';
import { Report, type Told } from './report.ts';
import type { LaneConfig } from './rpc.ts';
import { Sender, type SenderParts } from './sender.ts';

export type LaneDuty = 'send' | 'tell' | 'stats' | 'disable' | CareDuty;

type Around = { storage: DurableObjectStorage; name: string } & Omit<SenderParts, 'work' | 'log'>;

export function openLane({ storage, name, ...around }: Around) {
  const log = new LaneTables(storage);
  const hours = new Hours<LaneTotals>(storage);
  const again = new Again(storage);
  const marks = new Marks<Told & LaneCareMarks & { config: LaneConfig }>(storage);
  const work = new InFlight(log.cursor, log.open);
  const agenda = new Agenda<LaneDuty>(storage);
  return {
    log,
    hours,
    again,
    marks,
    work,
    agenda,
    sender: new Sender({ work, log, ...around }),
    report: new Report({ log, hours, again, marks }),
    reader: new Reader(work),
    care: new LaneCare({ storage, name, log, hours, again, marks, work, agenda }),
  };
}
