/**
 * Every order in which the phases of a plan's actors can come, up to a stated bound: a walk over the
 * choices of a run, those with the fewest changes of actor first, so that a walk that is cut short has
 * tried the likeliest. It asks for runs and looks at their branch points; it judges nothing.
 *
 * A step that records nothing touches nothing that others can see, so it is taken right after its
 * actor's last step and no other order of it is tried: that alone makes two actors with two
 * operations on one key about 13,000 schedules instead of 180,000.
 */
import type { BranchPoint } from '../sim/scheduler.ts';
import type { TraceEvent } from '../trace/event.ts';

/** What a scenario asks for. */
export type ExhaustiveSearch = {
  /** Schedules after which the walk stops; what it found then counts as a sample. */
  schedulesMax: number;
  /** Operations of the first actor that only prepare: nobody moves in between. */
  setup: number;
  /** Merges prefixes in which the same callbacks came in the same order. Blind to epochs: off by default. */
  deduplicate?: true;
};

/** One run of the walk. */
export type ScheduleRun = { points: readonly BranchPoint[]; trace: readonly TraceEvent[] };

export type Walk = {
  /** Different schedules that were run. */
  schedules: number;
  /** Whether none is left. */
  exhausted: boolean;
  /** Prefixes that were not followed because an equal one had been. */
  merged: number;
};

/** Runs that are asked for at once. */
const batchMax = 40;

/**
 * Walks the schedules of one plan. `run` carries out the plan once per vector of choices, goes on with
 * whoever moved last where a vector ends, and gives null for a run that does not count. `visit` gets
 * every run with all its choices and ends the walk by answering false.
 */
export const walkSchedules = async (
  search: ExhaustiveSearch,
  run: (vectors: number[][]) => Promise<(ScheduleRun | null)[]>,
  visit: (choices: number[], run: ScheduleRun) => boolean,
): Promise<Walk> => {
  const open: number[][] = [[]];
  const seen = search.deduplicate ? new Set<string>() : null;
  const walk: Walk = { schedules: 0, exhausted: false, merged: 0 };
  while (open.length > 0) {
    const left = search.schedulesMax - walk.schedules;
    if (left <= 0) return walk;
    const vectors = open.splice(0, Math.min(batchMax, left));
    const runs = await run(vectors);
    for (const [index, done] of runs.entries()) {
      if (!done) return walk;
      walk.schedules += 1;
      const choices = done.points.map((point) => point.taken);
      const goOn = visit(choices, done);
      if (!goOn) return walk;
      const found = alternatives(done, vectors[index]!.length, search.setup, seen);
      walk.merged += found.merged;
      for (const vector of found.vectors) open.push(vector);
    }
  }
  return { ...walk, exhausted: true };
};

/** The vectors that leave a run at a point behind its first `fixed` choices. */
const alternatives = (
  run: ScheduleRun,
  fixed: number,
  setup: number,
  seen: Set<string> | null,
): { vectors: number[][]; merged: number } => {
  const { points, trace } = run;
  const ready = setupEnd(trace, setup);
  const vectors: number[][] = [];
  for (let at = fixed; at < points.length; at += 1) {
    const point = points[at]!;
    const isIdle = point.movers.every((mover) => mover < 0);
    if (point.seq <= ready || isIdle) continue;
    if (point.end === point.seq) continue;
    const state = seen && stateAt(trace, point.seq);
    if (state !== null && seen?.has(state)) return { vectors, merged: 1 };
    if (state !== null) seen?.add(state);
    const path = points.slice(0, at).map((one) => one.taken);
    for (let choice = 0; choice < point.movers.length; choice += 1) {
      if (choice !== point.taken) vectors.push([...path, choice]);
    }
  }
  return { vectors, merged: 0 };
};

/** Position of the event that ends the last preparing operation; beyond the trace when it never came. */
const setupEnd = (trace: readonly TraceEvent[], setup: number): number => {
  let ended = 0;
  if (setup === 0) return -1;
  for (const event of trace) {
    if (event.kind === 'operation-ended' && event.actor === 0 && (ended += 1) === setup)
      return event.seq;
  }
  return trace.length;
};

/** What the callbacks and the map have seen up to an event, and how far every actor is. */
const stateAt = (trace: readonly TraceEvent[], seq: number): string => {
  const steps = new Map<number, number>();
  let seen = '';
  for (let at = 0; at < seq && at < trace.length; at += 1) {
    const event = trace[at]!;
    steps.set(event.actor, (steps.get(event.actor) ?? 0) + 1);
    if (event.kind === 'callback-entered')
      seen += `${event.actor}${event.callback}${event.map}${event.key}${event.value};`;
    else if (event.kind === 'base-map')
      seen += `${event.actor}${event.change}${event.key}${event.stored};`;
  }
  return `${[...steps].sort(([a], [b]) => a - b).join()}|${seen}`;
};
