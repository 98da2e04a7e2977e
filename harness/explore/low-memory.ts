/**
 * The low-memory sweep: every plan again, once for each allocation that it makes, with that one
 * failing. What must hold then: failure is reported, nothing leaks, later calls work.
 */
import type { TraceEvent } from '../trace/event.ts';
import type { Plan } from '../trace/plan.ts';

/** Allocations of one plan that are made to fail; a plan with more is swept up to here. */
export const failuresMax = 64;

/**
 * Allocations that the subject asked for in a run, but for those of its start: they do not fail.
 */
export const allocationsIn = (trace: readonly TraceEvent[]): number => {
  const starts = new Set<number>();
  let count = 0;
  for (const event of trace) {
    if (event.kind === 'callback-entered' && event.callback === 'start') starts.add(event.call);
    const isAllocation = event.kind === 'allocated' || event.kind === 'allocation-failed';
    if (isAllocation && !starts.has(event.call)) count += 1;
  }
  return count;
};

/** Runs whose conditions are the plan's own business: nothing is made to fail in them. */
const isSwept = ({ conditions = {} }: Plan): boolean =>
  conditions.fail_allocation === undefined && conditions.garbage === undefined;

/**
 * The runs of the sweep. `allocationsSeen` says how many allocations a run made when none failed
 * (allocationsIn of its trace). The runs keep their choices; only `probes` is provoked.
 */
export const lowMemoryRuns = <R extends { plan: Plan }>(
  runs: readonly R[],
  allocationsSeen: (run: R) => number,
  probes: readonly string[],
): R[] =>
  runs
    .filter(({ plan }) => isSwept(plan))
    .flatMap((run) =>
      Array.from({ length: Math.min(allocationsSeen(run), failuresMax) }, (_, index) => ({
        ...run,
        plan: {
          ...run.plan,
          name: `${run.plan.name}, allocation ${index + 1} fails`,
          probes: [...probes],
          conditions: { ...run.plan.conditions, fail_allocation: index + 1 },
        },
      })),
    );
