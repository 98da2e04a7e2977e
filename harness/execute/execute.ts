/**
 * One run: a plan and its choices against an opened subject, giving a trace. Shared by host and
 * in-process runs.
 */
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import { RunEnded, type CallMarker } from '../provider/observed.ts';
import type { Relaxation, Subject } from '../provider/port.ts';
import type { Ease } from '../sim/ease.ts';
import type { BranchPoint } from '../sim/scheduler.ts';
import { SimulatedRuntime } from '../sim/runtime.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { Choices, Conditions, Plan } from '../trace/plan.ts';
import { Recorder } from '../trace/recorder.ts';
import { watchAuxiliary } from './auxiliary.ts';
import { makeRunData } from './run-data.ts';

/** What to run. Everything in it is data and crosses process borders. */
export type Job = {
  plan: Plan;
  choices: Choices;
  /** On top of the plan's own conditions: the dialect, the revision. */
  conditions: Conditions;
  profile: Profile;
  /** Callbacks before which the run ends: the subject was lost in them too often. */
  avoid?: readonly string[];
  /**
   * Losses are counted with those of other jobs of this name: after three in one callback, runs
   * stop short of it.
   */
  stopShort?: string;
  /** The run is one of a search over schedules: the result has its branch points. */
  search?: boolean;
  /** The run repeats one that was lost, to find out about the buffers of the lost call. */
  relax?: Relaxation;
  /** The run repeats one that was lost, without a circumstance of the lost call. */
  ease?: Ease;
  /** The result says which switches of the reading the run came to ask for. */
  tellAsked?: true;
};

/** What came of it. */
export type RunResult = {
  trace: TraceEvent[];
  /** Number of movers at each point of choice (exhaustive search walks these). */
  branches: number[];
  /** Choices of a search whose run was lost: its points are gone, and only these repeat it. */
  taken?: number[];
  /** Those points in full, when the job is one of a search. */
  points?: BranchPoint[];
  /** Switches that the run came to ask for, when the job wants to know. */
  asked?: string[];
  /** The subject was lost or must not be used again without a fresh instance. */
  spoiled: boolean;
  /**
   * The subject was lost once and not again when the run was repeated: the trace is not to be
   * believed.
   */
  diverged?: boolean;
  /** Why nothing that the run was for is proven by it. */
  unsettled?: string;
};

/** The conditions that hold in a job's run. */
export const conditionsOf = (job: Job): Conditions => ({
  ...job.conditions,
  ...job.plan.conditions,
  ...dialectFirst(job),
});

/** A dialect that the plan fixes itself stays; otherwise the job's. */
const dialectFirst = (job: Job): Conditions => {
  const dialect = job.plan.conditions?.dialect ?? job.conditions.dialect;
  return dialect ? { dialect } : {};
};

/**
 * Who watches a run: `sink` sees every event and `chose` every choice of a search as it happens,
 * `placed` where blocks lie, `marker` every call before.
 */
export type Watch = {
  sink?: ((event: TraceEvent) => void) | null;
  chose?: ((choice: number) => void) | null;
  placed?: ((block: string, address: bigint) => void) | null;
  marker?: CallMarker | null;
};

/** Runs the job. */
export const executeRun = (
  job: Job,
  subject: Subject,
  declared: DeclaredProfile | null,
  watch: Watch = {},
): RunResult => {
  const recorder = new Recorder(watch.sink ?? null, watch.placed ?? null);
  const marker = watch.marker ?? null;
  let isOver = false;
  const watched = watchAuxiliary(subject, {
    marker,
    op: () => runtime.thread.op,
    lose: (callback, loss) => {
      if (isOver) throw new RunEnded(`${loss.how} in ${callback}`);
      return runtime.crossing.lose(runtime.thread, 0, callback, loss);
    },
  });
  const { data, release } = makeRunData(job.profile, declared, watched);
  const runtime = new SimulatedRuntime({
    conditions: conditionsOf(job),
    recorder,
    subject: watched,
    data,
    choices: job.choices,
    marker,
    avoid: job.avoid ?? [],
    ...(job.ease ? { ease: job.ease } : {}),
    ...(job.search ? { search: watch.chose ?? (() => {}) } : {}),
  });
  runtime.run(job.plan, job.choices.length);
  isOver = true;
  const spoiled = runtime.crossing.ended !== null || !isReleased(release);
  subject.endRun();
  const { branches, points } = runtime.scheduler;
  return {
    trace: recorder.events,
    branches,
    spoiled,
    ...(job.search ? { points } : {}),
    ...(job.tellAsked ? { asked: [...runtime.asked] } : {}),
  };
};

/** Gives the values of the run back to the module; false when it was lost in that. */
const isReleased = (release: () => void): boolean => {
  try {
    release();
    return true;
  } catch (reason) {
    if (reason instanceof RunEnded) return false;
    throw reason;
  }
};
