/** Runs made smaller by leaving out operations and choices. */
import { withoutChunks } from './chunks.ts';
import { fc } from './drawing.ts';
import type { PlannedRun } from './generate.ts';

/**
 * The run with only these of its operations, counted over all actors; the first actor stays
 * whatever is left of it.
 */
export const withOperations = (run: PlannedRun, kept: readonly number[]): PlannedRun => {
  let place = -1;
  const wanted = new Set(kept);
  const actors = run.plan.actors
    .map((actor) => ({
      ...actor,
      operations: actor.operations.filter(() => wanted.has((place += 1))),
    }))
    .filter((actor, index) => actor.operations.length > 0 || index === 0);
  return { ...run, plan: { ...run.plan, actors } };
};

/** What a shrink may cost. */
export type ShrinkBudget = { runsMax: number };

/** Plans with more operations than this are made shorter by chunks first. */
const longPlan = 60;
/** Operations carried out for one shrink, whatever number of runs that is. */
const operationsShrunkMax = 30_000;

/**
 * The smallest run found that still fails: operations and choices are left out as long as `fails`
 * holds. The given run must fail.
 */
export const shrinkRun = async (
  run: PlannedRun,
  fails: (candidate: PlannedRun) => Promise<boolean>,
  budget: ShrinkBudget,
): Promise<PlannedRun> => {
  let smallest = run;
  let runs = 0;
  let operations = 0;
  const isSpent = (): boolean => runs >= budget.runsMax || operations >= operationsShrunkMax;
  const isSmaller = async (
    kept: readonly number[],
    choices: readonly number[],
  ): Promise<boolean> => {
    if (isSpent()) return false;
    runs += 1;
    operations += kept.length;
    const candidate = { ...withOperations(run, kept), choices: [...choices] };
    if (!(await fails(candidate))) return false;
    smallest = candidate;
    return true;
  };
  const every = run.plan.actors.flatMap((actor) => actor.operations).map((_, place) => place);
  const all =
    every.length > longPlan
      ? await withoutChunks(
          every,
          (kept) => isSmaller(kept, run.choices),
          () => !isSpent(),
        )
      : every;
  const property = fc.asyncProperty(
    fc.subarray([...all], { minLength: 0 }),
    fc.array(fc.nat(255), { maxLength: Math.max(run.choices.length, 1) }),
    async (kept, choices) => !(await isSmaller(kept, choices)),
  );
  await fc.check(property, {
    numRuns: 1,
    examples: [[[...all], [...run.choices]]],
  });
  return smallest;
};
