/**
 * Makes a run smaller that ends with the subject lost. Each candidate that is lost too costs a
 * process, so this asks for few of them: first what never began is cut, then the order of phases,
 * then operations by halves, quarters and so on.
 */
import type { PlannedRun } from './generate.ts';
import { withOperations } from './shrink-run.ts';
import type { TraceEvent } from '../trace/event.ts';

/** Runs that may be made, and how many of them may end in a loss. */
export type LossBudget = { runsMax: number; lossesMax: number };

/**
 * An operation takes a few phases: with it, up to this many choices before the first change of
 * actor are in vain.
 */
const phasesMax = 6;
const shiftMax = 24;

/**
 * The smallest run found for which `isLost` holds; the given run, of which `trace` is, must be
 * lost.
 */
export const shrinkLoss = async (
  run: PlannedRun,
  trace: readonly TraceEvent[],
  isLost: (candidate: PlannedRun) => Promise<boolean>,
  { runsMax, lossesMax }: LossBudget,
): Promise<PlannedRun> => {
  let best = run;
  let kept = begun(run, trace);
  let [runs, losses] = [0, 0];
  const isSmaller = async (places: readonly number[], choices: number[]): Promise<boolean> => {
    if (runs >= runsMax || losses >= lossesMax) return false;
    runs += 1;
    const candidate = { ...withOperations(run, places), choices };
    if (!(await isLost(candidate))) return false;
    losses += 1;
    [best, kept] = [candidate, [...places]];
    return true;
  };
  if (run.choices.length > 0) await isSmaller(kept, []);
  if (best === run) await isSmaller(kept, run.choices);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let end = kept.length; end > 0; end -= size) {
      const from = Math.max(0, end - size);
      const rest = kept.filter((_, at) => at < from || at >= end);
      for (const choices of rest.length > 0 ? sooner(best.choices, end - from) : []) {
        if (await isSmaller(rest, choices)) break;
      }
    }
  }
  return best;
};

/**
 * The choices, and the same with the first change of actor earlier, as it is when operations before
 * it are gone.
 */
const sooner = (choices: readonly number[], removed: number): number[][] => {
  const first = choices.findIndex((choice) => choice !== 0);
  const most = Math.min(Math.max(first, 0), removed * phasesMax, shiftMax);
  return Array.from({ length: most + 1 }, (_, shift) => choices.slice(shift));
};

/** Places of the operations that began, counted over all actors. */
const begun = ({ plan }: PlannedRun, trace: readonly TraceEvent[]): number[] => {
  const started = new Map<number, number>();
  for (const event of trace) {
    if (event.kind === 'operation-started')
      started.set(event.actor, (started.get(event.actor) ?? 0) + 1);
  }
  const all = plan.actors.flatMap((actor, index) =>
    actor.operations.map((_, at) => at < (started.get(index) ?? 0)),
  );
  const places = all.flatMap((isBegun, place) => (isBegun ? [place] : []));
  return places.length > 0 ? places : all.map((_, place) => place);
};
