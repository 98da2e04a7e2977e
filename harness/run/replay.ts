/** Repeats one stored run, or makes it smaller: of a provider or of a runtime, in one way. */
import path from 'node:path';
import { probe } from '../campaign/probe.ts';
import { openRuntimeExecutor } from '../campaign/runtime-campaign.ts';
import { runtimeTrial } from '../campaign/runtime-trial.ts';
import { operationsIn, shrinkWitness } from '../campaign/shrinking.ts';
import { providerTrial, type Trial } from '../campaign/trial.ts';
import type { Verdict } from '../check/verdict.ts';
import { messageOf } from '../conclude/conclude.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import type { Executor } from '../execute/executor.ts';
import { stopwatch } from '../host/clock.ts';
import { createExecutor } from '../host/executor.ts';
import { readEnumHeader } from './enum-header.ts';
import { CHAPTERS, ownersOfLoss, RUNTIME_LAW } from './chapters.ts';
import type { ReplayOptions, ReplayResult, ShrinkOptions, ShrinkResult } from './options.ts';
import { contextOf } from './provider.ts';

const shrinkRunsMax = 400;

/** The named subject, or the one of the file; null: it has none. */
const fileOf = ({ subject, replay, folder }: ReplayOptions): string | null => {
  if (subject !== null) return subject;
  const { file } = replay.subject;
  return file ? path.resolve(folder, file) : null;
};

/** Opens the subject of a stored run for trials, and closes it. */
export const withTrial = async <T>(
  options: ReplayOptions,
  work: (trial: Trial, executor: Executor) => Promise<T>,
): Promise<T> => {
  const isRuntime = options.replay.subject.kind === 'runtime';
  const executor = await (isRuntime ? openRuntime(options) : openProvider(options));
  try {
    const trial = await (isRuntime ? trialOfRuntime : trialOfProvider)(executor, options);
    return await work(trial, executor);
  } finally {
    await executor.close();
  }
};

// The embedded reference has no file.
const openRuntime = (options: ReplayOptions): Promise<Executor> =>
  openRuntimeExecutor(fileOf(options), options);

const trialOfRuntime = (executor: Executor, { replay }: ReplayOptions): Promise<Trial> => {
  const { revision } = replay;
  return Promise.resolve(runtimeTrial({ executor, law: RUNTIME_LAW, revision }));
};

const openProvider = (options: ReplayOptions): Promise<Executor> => {
  const file = fileOf(options);
  if (file === null) {
    throw new UsageError(
      'the replay does not say where its subject is; name it with --subject FILE',
    );
  }
  const { config, nmr, inProcess, timeoutMs, asan = false } = options;
  return createExecutor(
    { path: file, config, nmr },
    { inProcess, callbackTimeoutMs: timeoutMs, asan },
  );
};

const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);

const trialOfProvider = async (executor: Executor, options: ReplayOptions): Promise<Trial> => {
  const { revision } = options.replay;
  const { facts } = executor;
  const probed = await probe(executor, facts.declared, revision);
  if (probed.startError !== null && !probed.isRefused) {
    throw new SubjectError(`${facts.name} could not be started: ${probed.startError}`);
  }
  const header = options.enumHeader ? await readEnumHeader(options.enumHeader) : null;
  const subject = contextOf(facts, probed, revision, header);
  return providerTrial({ executor, chapters: CHAPTERS, requirements, subject, ownersOfLoss });
};

/** Runs it once more and judges it by its rule. */
export const replay = (options: ReplayOptions): Promise<ReplayResult> =>
  withTrial(options, (trial, { facts }) => repeat(options.replay, trial, facts.sha256));

/** Runs a stored run once more on a subject that is open, and judges it by its rule. */
export const repeat = async (
  stored: ReplayFile,
  trial: Trial,
  sha256: string,
): Promise<ReplayResult> => {
  const { plan, choices, requirement } = stored;
  const { trace, diverged = false } = await trial.run(stored);
  const run = { plan, choices, trace };
  const row = trial.rowOf(requirement, run);
  const verdict: Verdict = diverged ? 'inconclusive' : (row?.verdict ?? 'inconclusive');
  const isBroken = ['fail', 'crash', 'hang', 'warn'].includes(verdict);
  // The one that was stored need not be the first: others may have been excused before it.
  const told = isBroken ? (trial.judge(requirement, run, 'all')?.violations ?? []) : [];
  const again = told.find((violation) => messageOf({ violation, ...run }) === stored.message);
  const isAgain = again !== undefined;
  const message = diverged ? 'replay diverged' : (row?.message ?? row?.reason ?? null);
  return {
    reproduced: isBroken && (!stored.message || isAgain),
    requirement,
    verdict,
    message: isAgain ? stored.message! : message,
    subjectChanged: sha256 !== stored.subject.sha256,
    violation: again ?? told[0] ?? null,
    ...run,
  };
};

/** A smaller run that breaks the same rule. */
export const shrink = (options: ShrinkOptions): Promise<ShrinkResult> =>
  withTrial(options, async (trial) => {
    const { replay: stored, budgetMs } = options;
    const elapsed = stopwatch();
    const { plan, choices, requirement: id } = stored;
    const { trace } = await trial.run(stored);
    const [violation] = trial.judge(id, { plan, trace })?.violations ?? [];
    if (!violation) {
      throw new UsageError(
        `the stored run does not break ${id} on this subject; there is nothing to make smaller`,
      );
    }
    const witness = { violation, plan, choices, trace };
    const isOver = (): boolean => budgetMs !== null && elapsed() > budgetMs;
    const small = await shrinkWitness(id, witness, trial, { runsMax: shrinkRunsMax, isOver });
    return {
      replay: { ...stored, plan: small.plan, choices: small.choices, message: null },
      operationsBefore: operationsIn(plan),
      operationsAfter: operationsIn(small.plan),
    };
  });
