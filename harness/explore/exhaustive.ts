/**
 * Every order in which the phases of a plan's actors can come, up to a stated bound: a walk over
 * the choices of a run, those with the fewest changes of actor first, so that a walk that is cut
 * short has tried the likeliest. It asks for runs and looks at their branch points; it judges
 * nothing.
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
  /**
   * Merges prefixes in which the same callbacks came in the same order. Blind to epochs: off by
   * default.
   */
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
const roundMax = 40;

/**
 * The walk over the schedules of one plan. It asks for runs by their vectors of choices (who moved
 * last goes on where a vector ends) and is given each of them in the order asked.
 */
export class ScheduleWalk {
  private readonly search: ExhaustiveSearch;
  private readonly seen: Set<string> | null;
  private readonly open: number[][] = [[]];
  private asked = 0;
  private schedules = 0;
  private merged = 0;
  private isOver = false;

  constructor(search: ExhaustiveSearch) {
    this.search = search;
    this.seen = search.deduplicate ? new Set<string>() : null;
  }

  /** The vectors to run next; none when the walk is over. Give all of them before taking more. */
  take(): number[][] {
    if (this.isOver) return [];
    const left = this.search.schedulesMax - this.asked;
    const vectors = this.open.splice(0, Math.max(0, Math.min(roundMax, left)));
    this.asked += vectors.length;
    return vectors;
  }

  /**
   * What came of a vector. Null, a run that does not count, ends the walk. Answers all its choices,
   * or null when the walk is over.
   */
  give(vector: readonly number[], run: ScheduleRun | null): number[] | null {
    if (this.isOver) return null;
    if (!run) {
      this.isOver = true;
      return null;
    }
    this.schedules += 1;
    const found = alternatives(run, vector.length, this.search.setup, this.seen);
    this.merged += found.merged;
    for (const one of found.vectors) this.open.push(one);
    return run.points.map((point) => point.taken);
  }

  /** Ends the walk before its schedules are exhausted. */
  end(): void {
    this.isOver = true;
  }

  get result(): Walk {
    const exhausted = !this.isOver && this.open.length === 0 && this.asked === this.schedules;
    return { schedules: this.schedules, exhausted, merged: this.merged };
  }
}

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

/**
 * Position of the event that ends the last preparing operation; beyond the trace when it never
 * came.
 */
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
