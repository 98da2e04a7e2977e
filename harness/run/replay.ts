/** Repeats one stored run, or makes it smaller. */
import path from 'node:path';
import { judge } from '../check/judge.ts';
import { subjectOf, type SubjectContext } from '../check/subject.ts';
import type { Verdict } from '../check/verdict.ts';
import { SubjectError, UsageError } from '../errors/errors.ts';
import { createExecutor } from '../host/executor.ts';
import { CHAPTERS } from './law.ts';
import { homeRules } from './law.ts';
import { concludeRows } from '../conclude/conclude.ts';
import { readEnumHeader } from './enum-header.ts';
import type { Executor } from '../execute/executor.ts';
import { Fold } from '../conclude/fold.ts';
import type { ReplayOptions, ReplayResult, ShrinkOptions, ShrinkResult } from './options.ts';
import { probe } from '../campaign/probe.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { replayRuntime, shrinkRuntime } from './replay-runtime.ts';
import { shrinkWitness } from '../campaign/shrinking.ts';

const shrinkRunsMax = 400;

const subjectPath = (options: ReplayOptions): string => {
  if (options.subject !== null) return options.subject;
  const { file } = options.replay.subject;
  if (!file)
    throw new UsageError(
      'the replay does not say where its subject is; name it with --subject FILE',
    );
  return path.resolve(options.folder, file);
};

const withSubject = async <T>(
  options: ReplayOptions,
  work: (executor: Executor, subject: SubjectContext) => Promise<T>,
): Promise<T> => {
  const executor = await createExecutor(
    { path: subjectPath(options), config: options.config, nmr: options.nmr },
    {
      inProcess: options.inProcess,
      callbackTimeoutMs: options.timeoutMs,
      asan: options.asan ?? false,
    },
  );
  try {
    const { revision } = options.replay;
    const probed = await probe(executor, executor.facts.declared, revision);
    if (probed.startError !== null && !probed.isRefused) {
      throw new SubjectError(`${executor.facts.name} could not be started: ${probed.startError}`);
    }
    return await work(executor, {
      kind: executor.facts.kind,
      profile: probed.profile,
      registrations: probed.registrations,
      others: probed.others,
      revision,
      enumHeader: options.enumHeader ? await readEnumHeader(options.enumHeader) : null,
    });
  } finally {
    await executor.close();
  }
};

const requirements = CHAPTERS.flatMap((chapter) => chapter.requirements);

/** Runs it once more and judges it by its rule. */
export const replay = (options: ReplayOptions): Promise<ReplayResult> =>
  options.replay.subject.kind === 'runtime' ? replayRuntime(options) : replayProvider(options);

const replayProvider = (options: ReplayOptions): Promise<ReplayResult> =>
  withSubject(options, (executor, subject) => repeat(options.replay, executor, subject));

/** Runs a stored run once more on a subject that is open and probed, and judges it by its rule. */
export const repeat = async (
  stored: ReplayFile,
  executor: Executor,
  subject: SubjectContext,
): Promise<ReplayResult> => {
  const [result] = await executor.run([jobOf(stored, subject)]);
  const trace = result?.trace ?? [];
  const own = requirements.filter((rule) => rule.id === stored.requirement);
  const fold = new Fold();
  fold.add(judge(own, trace, subjectOf(subject, stored.plan), homeRules), {
    plan: stored.plan,
    choices: stored.choices,
    trace,
  });
  const row = concludeRows({
    chapters: CHAPTERS,
    subject,
    folds: new Map([['as-documented', fold]]),
    selected: new Set([stored.requirement]),
    ran: new Set(CHAPTERS.map((chapter) => chapter.name)),
    avoided: [],
    bound: null,
    judged: 'provider',
  }).find((one) => one.id === stored.requirement);
  const verdict: Verdict = result?.diverged ? 'inconclusive' : (row?.verdict ?? 'inconclusive');
  const message = result?.diverged ? 'replay diverged' : (row?.message ?? row?.reason ?? null);
  const broken = ['fail', 'crash', 'hang', 'warn'].includes(verdict);
  return {
    reproduced: broken && (!stored.message || stored.message === row?.message),
    requirement: stored.requirement,
    verdict,
    message,
    subjectChanged: executor.facts.sha256 !== stored.subject.sha256,
    plan: stored.plan,
    choices: stored.choices,
    trace,
  };
};

const jobOf = (stored: ReplayFile, subject: SubjectContext) => ({
  plan: stored.plan,
  choices: stored.choices,
  conditions: { revision: subject.revision },
  profile: subjectOf(subject, stored.plan).profile,
});

const operationsIn = (replayed: ReplayFile): number =>
  replayed.plan.actors.reduce((sum, actor) => sum + actor.operations.length, 0);

/** A smaller run that breaks the same rule. */
export const shrink = (options: ShrinkOptions): Promise<ShrinkResult> =>
  options.replay.subject.kind === 'runtime' ? shrinkRuntime(options) : shrinkProvider(options);

const shrinkProvider = (options: ShrinkOptions): Promise<ShrinkResult> =>
  withSubject(options, async (executor, subject) => {
    const { replay: stored } = options;
    const [result] = await executor.run([jobOf(stored, subject)]);
    const own = requirements.filter((rule) => rule.id === stored.requirement);
    const about = subjectOf(subject, stored.plan);
    const violation = judge(own, result?.trace ?? [], about, homeRules).find(
      (finding) => finding.id === stored.requirement,
    )?.violations[0];
    if (!result || !violation) {
      throw new UsageError(
        `the stored run does not break ${stored.requirement} on this subject; there is nothing to make smaller`,
      );
    }
    const witness = { violation, plan: stored.plan, choices: stored.choices, trace: result.trace };
    const small = await shrinkWitness(
      stored.requirement,
      witness,
      { executor, requirements, subject, homeRules },
      shrinkRunsMax,
    );
    const replayed: ReplayFile = {
      ...stored,
      plan: small.plan,
      choices: small.choices,
      message: null,
    };
    return {
      replay: replayed,
      operationsBefore: operationsIn(stored),
      operationsAfter: operationsIn(replayed),
    };
  });
