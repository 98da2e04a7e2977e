/** A runtime that runs: every plan against instances of it, judged by the rules that bind it. */
import { createHash } from 'node:crypto';
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import { openRuntimeExecutor, runRuntimePlans } from '../campaign/runtime-campaign.ts';
import { runtimeTrial } from '../campaign/runtime-trial.ts';
import { readErrata } from '../conclude/errata.ts';
import { ranRun } from '../conclude/ran-run.ts';
import { readWaivers } from '../conclude/waivers.ts';
import type { Executor, SubjectFacts } from '../execute/executor.ts';
import { laterRuntimePlans, runtimePlans, type RuntimePlan } from '../explore/runtime-plans.ts';
import { stopwatch } from '../host/clock.ts';
import { nameDialect, shippedReading } from '../runtime/runtime-dialect.ts';
import { RuntimeJudging } from '../runtime/runtime-judging.ts';
import { repeatable, type Examined } from './examined.ts';
import { RUNTIME_LAW } from './chapters.ts';
import type { RuntimeOptions } from './options.ts';
import { regressionNotes, regressionRuns } from './regressions.ts';
import { replayLine, replayOf } from './replay-line.ts';
import { selectionOf, shownSelection } from './selection.ts';
import { toolOf } from './tool.ts';

/** Generated plans when --runs does not say. */
const generatedDefault = 24;
const generatedStress = 400;

/** Loads a runtime and makes all its runs. */
export const examineRuntime = async (options: RuntimeOptions): Promise<Examined> => {
  const executor = await openRuntimeExecutor(options.library, options);
  try {
    return await examineOpened(executor, options);
  } catch (reason) {
    await executor.close();
    throw reason;
  }
};

const examineOpened = async (executor: Executor, options: RuntimeOptions): Promise<Examined> => {
  const { revision, seed, timeoutMs, asan = false } = options;
  const { chapters, selected } = selectionOf(options);
  const generated = options.runs ?? (options.stress ? generatedStress : generatedDefault);
  const own = runtimePlans(revision, { seed, generated });
  const first = regressionRuns(options.regressions ?? [], 'runtime').map(({ plan, suite }) => ({
    ...plan,
    suite,
  }));
  const plans = [...first, ...own];
  const errata = typeof options.errata === 'string' ? readErrata(options.errata) : null;
  const waivers = typeof options.waivers === 'string' ? readWaivers(options.waivers) : [];
  const law = { ...RUNTIME_LAW, chapters };
  const judging = new RuntimeJudging(law, revision, errata, waivers);
  const later = laterRuntimePlans(revision, { seed, generated });
  const bound = await runsOf([plans], later, { executor, judging, options });
  const trial = runtimeTrial({ executor, law, revision, errata });
  const { facts } = executor;
  const { executed, covered, chapters: worked } = judging.tally;
  const type = revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;
  return {
    subject: { kind: 'runtime', name: facts.name, mapTypes: [type], sha256: digestOf(facts) },
    profile: {},
    ...{ executed, covered, chapters: worked },
    notes: [
      ...judging.notes,
      ...regressionNotes(options.regressions),
      ...(bound === null ? [] : [`${bound} before all plans were run`]),
    ],
    folds: new Map([['as-documented', judging.fold]]),
    trial,
    judge: trial.judge,
    rows: () => {
      const rows = judging.rows(selected, bound);
      nameDialect(rows, judging, shippedReading(law, revision, own));
      return rows;
    },
    restsOn: (rows) => judging.restsOn(rows),
    counterexample: (id, witness) => {
      const replay = replayOf(id, { ...witness, choices: [] }, facts, options);
      const line = replayLine(replay, options.library, { revision, seed, timeoutMs, asan });
      return repeatable({ ...witness, choices: [] }, line);
    },
    ...{ errata, waivers },
    isBrokenUnder: () => Promise.resolve(judging.readings.isBrokenUnder),
    selected,
    selection: shownSelection(options),
    close: () => executor.close(),
  };
};

/** Runs portions, and then those that are made when they are due. Answers why not all were run. */
const runsOf = async (
  first: Iterable<readonly RuntimePlan[]>,
  later: Iterable<readonly RuntimePlan[]>,
  parts: { executor: Executor; judging: RuntimeJudging; options: RuntimeOptions },
): Promise<string | null> => {
  const { executor, judging, options } = parts;
  const { revision, budgetMs } = options;
  const elapsed = stopwatch();
  const isOver = (): string | null =>
    budgetMs !== null && elapsed() > budgetMs ? `the budget of ${budgetMs / 1000} s ran out` : null;
  for (const portions of [first, later]) {
    for (const portion of portions) {
      const isBegun = judging.tally.executed.runs > 0;
      const bound =
        (isBegun ? isOver() : null) ??
        (await runRuntimePlans(executor, portion, judging, {
          ...{ revision, isOver },
          heard: ({ generated: _, ...plan }, trace) =>
            options.ran?.(ranRun(plan, [], trace, plan.actors.length === 1)),
          taken: (done) =>
            options.progress({ done, total: portion.length, phase: 'running plans' }),
        }));
      if (bound !== null) return bound;
    }
  }
  return null;
};

/** The digest of what has no file: its version. */
const digestOf = (facts: SubjectFacts): string =>
  facts.sha256 || createHash('sha256').update(`${facts.name} ${toolOf().version}`).digest('hex');
