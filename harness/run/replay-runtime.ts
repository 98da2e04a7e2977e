/** Repeats one stored run of a runtime, or makes it smaller. */
import path from 'node:path';
import type { Verdict } from '../check/verdict.ts';
import { UsageError } from '../errors/errors.ts';
import { messageOf } from '../conclude/conclude.ts';
import { CHAPTERS, runtimeHomeRules as homeRules } from './law.ts';
import { openRuntimeExecutor, runtimeJob, shrinkRuntimeWitness } from './certify-runtime.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { ReplayOptions, ReplayResult, ShrinkOptions, ShrinkResult } from './options.ts';
import type { ReplayFile } from '../conclude/record.ts';
import { judgeRuntime, RuntimeJudging, runtimeRules } from '../runtime/runtime-judging.ts';

const shrinkRunsMax = 400;

/** The named subject, the one of the file, or the embedded reference, which has no file. */
const libraryOf = ({ subject, replay, folder }: ReplayOptions): string | null => {
  if (subject !== null) return subject;
  const { file } = replay.subject;
  return file ? path.resolve(folder, file) : null;
};

const withRuntime = async <T>(
  options: ReplayOptions,
  work: (executor: Executor) => Promise<T>,
): Promise<T> => {
  const executor = await openRuntimeExecutor(libraryOf(options), options);
  try {
    return await work(executor);
  } finally {
    await executor.close();
  }
};

const planOf = ({ plan }: ReplayFile) => ({ suite: 'replay', ...plan });

const runOnce = async (executor: Executor, stored: ReplayFile): Promise<RunResult> => {
  const [result] = await executor.run([runtimeJob(planOf(stored), stored.revision)]);
  return result!;
};

/** What is to be said of every violation of the stored rule in this run. */
const messagesOf = (
  { requirement, revision, plan }: ReplayFile,
  { trace }: RunResult,
): string[] => {
  const rules = runtimeRules(CHAPTERS).filter(({ id }) => id === requirement);
  return judgeRuntime(rules, trace, revision, { homeRules, kept: 'all' })
    .filter(({ id }) => id === requirement)
    .flatMap(({ violations }) => violations)
    .map((violation) => messageOf({ violation, plan, choices: [], trace }));
};

/** Runs it once more and judges it by its rule. */
export const replayRuntime = (options: ReplayOptions): Promise<ReplayResult> =>
  withRuntime(options, async (executor) => {
    const { replay: stored } = options;
    const result = await runOnce(executor, stored);
    const judging = new RuntimeJudging({ chapters: CHAPTERS, homeRules }, stored.revision);
    judging.take(planOf(stored), result.trace);
    const row = judging
      .rows(new Set([stored.requirement]), null)
      .find(({ id }) => id === stored.requirement);
    const verdict: Verdict = result.diverged ? 'inconclusive' : (row?.verdict ?? 'inconclusive');
    const message = result.diverged ? 'replay diverged' : (row?.message ?? row?.reason ?? null);
    const isBroken = ['fail', 'crash', 'hang', 'warn'].includes(verdict);
    // The one that was stored need not be the first: errata may have excused those before it.
    const again = isBroken && messagesOf(stored, result).includes(stored.message ?? '');
    return {
      reproduced: isBroken && (!stored.message || again),
      requirement: stored.requirement,
      verdict,
      message: again ? stored.message! : message,
      subjectChanged: executor.facts.sha256 !== stored.subject.sha256,
      plan: stored.plan,
      choices: stored.choices,
      trace: result.trace,
    };
  });

const operationsIn = ({ plan }: ReplayFile): number =>
  plan.actors.reduce((sum, actor) => sum + actor.operations.length, 0);

/** A smaller run that breaks the same rule. */
export const shrinkRuntime = (options: ShrinkOptions): Promise<ShrinkResult> =>
  withRuntime(options, async (executor) => {
    const { replay: stored } = options;
    const { requirement: id, revision } = stored;
    const { trace } = await runOnce(executor, stored);
    const rules = CHAPTERS.flatMap(({ requirements }) => requirements).filter(
      (one) => one.id === id,
    );
    const violation = judgeRuntime(rules, trace, revision, { homeRules }).find(
      (one) => one.id === id,
    )?.violations[0];
    if (!violation) {
      throw new UsageError(
        `the stored run does not break ${id} on this runtime; there is nothing to make smaller`,
      );
    }
    const witness = { violation, plan: stored.plan, choices: [], trace };
    const small = await shrinkRuntimeWitness(id, witness, executor, {
      chapters: CHAPTERS,
      revision,
      limit: shrinkRunsMax,
    });
    const replay: ReplayFile = { ...stored, plan: small.plan, choices: [], message: null };
    return {
      replay,
      operationsBefore: operationsIn(stored),
      operationsAfter: operationsIn(replay),
    };
  });
