// The goals that a measurement decides (DESIGN.md, section 9), as data: a part hands in the figure, the summary says
// met or missed. Owns the bounds, not how a figure is come by. A goal that no part measured is shown as not measured,
// never left out; those that hold or break exactly are tests (0 lost in three engines, 50 kills), not figures.

export type Goal = { what: string; of: string } & ({ atMost: number } | { atLeast: number });

export const GOALS = {
  accepted: {
    what: 'accepted beacons/s, durable, 1 event',
    of: 'a bare Durable Object that commits one row a group',
    atLeast: 0.8,
  },
  acceptedCpu: { what: 'CPU of an accepted beacon, 1 event', of: 'a bare 202 of the same runtime', atMost: 4 },
  delivered: {
    what: 'deliveries/s, the worst of all receivers',
    of: 'a bare fetch loop of the same runtime',
    atLeast: 0.8,
  },
  latencyP50: { what: 'event → receiver at 100/s, p50', of: 'express + bullmq + redis', atMost: 1 },
  latencyP99: { what: 'event → receiver at 100/s, p99', of: 'express + bullmq + redis', atMost: 1 },
  isolation: { what: "the others' p95 beside a hung endpoint", of: 'their p95 without it', atMost: 1.1 },
  rows: { what: 'rows written, two integrations, under load', of: 'one event', atMost: 1.5 },
  lost: { what: 'accepted events lost or stuck after kill -9', of: 'none', atMost: 0 },
  evaluation: { what: "the script's evaluation", of: "umami's", atMost: 1 },
} satisfies Record<string, Goal>;

export type GoalName = keyof typeof GOALS;

export const boundOf = (goal: Goal): string => ('atMost' in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`);

export const isMet = (goal: Goal, measured: number): boolean =>
  'atMost' in goal ? measured <= goal.atMost : measured >= goal.atLeast;
