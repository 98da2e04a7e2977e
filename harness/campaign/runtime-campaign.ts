/** Runs of a runtime: how one is opened, and how its plans become jobs and are judged. */
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import type { Job } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { RuntimePlan } from '../explore/runtime-plans.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { RuntimeJudging } from '../runtime/runtime-judging.ts';
import type { TraceEvent } from '../trace/event.ts';
import { inBatches } from './batches.ts';

type Revision = 'merged' | 'draft';

const batchRuns = 20;
/** An operation runs all that the runtime does in it, deregistrations that wait included. */
const operationTimeoutMs = 3_000;

/** Opens a library or a module as a runtime; null: the embedded reference. */
export const openRuntimeExecutor = (
  library: string | null,
  options: {
    inProcess: boolean;
    timeoutMs: number | null;
    config: string | null;
    asan?: boolean;
    hosts?: HostPool | null;
  },
): Promise<Executor> =>
  createExecutor(
    { path: library ?? '', config: options.config, nmr: null, role: 'runtime' },
    {
      inProcess: options.inProcess,
      callbackTimeoutMs: options.timeoutMs ?? operationTimeoutMs,
      hosts: options.hosts ?? null,
      asan: options.asan ?? false,
    },
  );

export const runtimeJob = (plan: RuntimePlan, revision: Revision): Job => {
  const { generated: _, ...rest } = plan;
  return {
    plan: rest,
    choices: [],
    conditions: { dialect: 'as-documented', revision },
    profile: bootstrapProfile(null),
  };
};

/** Runs plans and has them judged. Answers why not all were run; `isOver` is asked in between. */
export const runRuntimePlans = (
  executor: Executor,
  plans: readonly RuntimePlan[],
  judging: RuntimeJudging,
  options: {
    revision: Revision;
    batch?: number;
    /** Who else hears of what was run. */
    heard?: (plan: RuntimePlan, trace: TraceEvent[]) => void;
    taken?: (done: number) => void;
    isOver: () => string | null;
  },
): Promise<string | null> =>
  inBatches(plans, {
    executor,
    size: options.batch ?? batchRuns,
    jobOf: (plan) => runtimeJob(plan, options.revision),
    take: (plan, { trace, unsettled, diverged }) => {
      if (unsettled !== undefined) judging.unsettle(plan, trace, unsettled);
      if (!diverged) judging.take(plan, trace);
      options.heard?.(plan, trace);
    },
    ...(options.taken ? { taken: options.taken } : {}),
    isOver: options.isOver,
  });
