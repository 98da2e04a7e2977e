/**
 * Certifies a runtime: every plan against instances of it in a host process, judged by the rules
 * that bind runtimes.
 */
import { createHash } from 'node:crypto';
import { requirementsSha256 } from '../abi/catalogue.ts';
import { BPF_MAP_TYPE_SAMPLE_HASH_MAP, DRAFT_FIRST_EXTENSION_MAP_TYPE } from '../abi/map-types.ts';
import { shrinkRun, type PlannedRun } from '../explore/generate.ts';
import { shrinkLoss } from '../explore/shrink-loss.ts';
import { laterRuntimePlans, runtimePlans, type RuntimePlan } from '../explore/runtime-plans.ts';
import { stopwatch, today } from '../host/clock.ts';
import { createExecutor } from '../host/executor.ts';
import type { HostPool } from '../host/host-pool.ts';
import type { TraceEvent } from '../trace/event.ts';
import { bootstrapProfile } from '../execute/bootstrap-profile.ts';
import { selectionOf } from './certify.ts';
import { runtimeHomeRules as homeRules } from './law.ts';
import { readErrata, type Errata } from '../conclude/errata.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor, SubjectFacts } from '../execute/executor.ts';
import type { Witness } from '../conclude/fold.ts';
import type { RuntimeOptions } from './options.ts';
import { concludeOutcome } from '../conclude/outcome.ts';
import { REPORT_SCHEMA, type RequirementRecord, type RunRecord } from '../conclude/record.ts';
import { replayLine, replayOf } from './replay-line.ts';
import { nameDialect, shippedReading } from '../runtime/runtime-dialect.ts';
import {
  judgeRuntime,
  judgingAgain,
  RuntimeJudging,
  runtimeRules,
} from '../runtime/runtime-judging.ts';
import type { Chapter } from '../conclude/suite.ts';
import { toolOf } from './tool.ts';
import { applyWaivers } from '../conclude/waive.ts';
import { readWaivers } from '../conclude/waivers.ts';

/** Generated plans when --runs does not say. */
const generatedDefault = 24;
const generatedStress = 400;
const batchRuns = 20;
/** An operation runs all that the runtime does in it, deregistrations that wait included. */
const operationTimeoutMs = 3_000;
const witnessEventsMax = 400;
const shrinkRunsMax = 60;
const shrunkRulesMax = 12;
/** Runs that may be lost again on the way: each costs a process, a hang its deadline too. */
const lostMax = { crash: 8, hang: 3 } as const;
/** Rules whose loss is made smaller: later ones are mostly the same loss. */
const lossesShrunkMax = 3;

type Revision = RuntimeOptions['revision'];

export const openRuntimeExecutor = (
  library: string | null,
  options: Pick<RuntimeOptions, 'inProcess' | 'timeoutMs' | 'config' | 'asan'> & {
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

/**
 * Certifies a runtime. Throws UsageError, SubjectError or HarnessFault where there is nothing to
 * report.
 */
export const certifyRuntime = async (options: RuntimeOptions): Promise<RunRecord> => {
  const executor = await openRuntimeExecutor(options.library, options);
  try {
    return await certifyOpened(executor, options);
  } finally {
    await executor.close();
  }
};

/** Runs plans in batches; `isOver` is asked between them. Answers why not all were run. */
export const runRuntimePlans = async (
  executor: Executor,
  plans: readonly RuntimePlan[],
  judging: RuntimeJudging,
  options: {
    revision: Revision;
    batch?: number;
    /** Who else hears of what was run. */
    heard?: (plan: RuntimePlan, trace: TraceEvent[]) => void;
    isOver: (done: number) => string | null;
  },
): Promise<string | null> => {
  const size = options.batch ?? batchRuns;
  const batches: RuntimePlan[][] = [];
  for (let at = 0; at < plans.length; at += size) batches.push(plans.slice(at, at + size));
  const start = (batch: readonly RuntimePlan[] | undefined): Promise<RunResult[]> =>
    batch
      ? executor.run(batch.map((plan) => runtimeJob(plan, options.revision)))
      : Promise.resolve([]);
  let done = 0;
  let next = start(batches[0]);
  for (const [index, batch] of batches.entries()) {
    const results = await next;
    // The next batch runs in the host while this one is judged here.
    next = start(batches[index + 1]);
    next.catch(() => undefined);
    results.forEach((result, at) => {
      const plan = batch[at]!;
      const { trace, unsettled, diverged } = result;
      if (unsettled !== undefined) judging.unsettle(plan, trace, unsettled);
      if (!diverged) judging.take(plan, trace);
      options.heard?.(plan, trace);
    });
    done += batch.length;
    const reason = options.isOver(done);
    if (reason !== null) {
      await next;
      return done < plans.length ? reason : null;
    }
  }
  return null;
};

const certifyOpened = async (executor: Executor, options: RuntimeOptions): Promise<RunRecord> => {
  const { revision, budgetMs, seed } = options;
  const { chapters, selected } = selectionOf(options);
  const generated = options.runs ?? (options.stress ? generatedStress : generatedDefault);
  const plans = runtimePlans(revision, { seed, generated });
  const errata = typeof options.errata === 'string' ? readErrata(options.errata) : null;
  const waivers = typeof options.waivers === 'string' ? readWaivers(options.waivers) : [];
  const judging = new RuntimeJudging({ chapters, homeRules }, revision, errata, waivers);
  const elapsed = stopwatch();
  const runPlans = (portion: readonly RuntimePlan[]): Promise<string | null> =>
    runRuntimePlans(executor, portion, judging, {
      revision,
      isOver: (done) => {
        options.progress({ done, total: portion.length, phase: 'running plans' });
        const isSpent = budgetMs !== null && elapsed() > budgetMs;
        return isSpent ? `the budget of ${budgetMs / 1000} s ran out` : null;
      },
    });
  let bound = await runPlans(plans);
  for (const portion of bound === null ? laterRuntimePlans(revision, { seed, generated }) : []) {
    bound = await runPlans(portion);
    if (bound !== null) break;
  }
  const broken = judging.fold.broken().filter((id) => !selected || selected.has(id));
  options.progress({ done: 0, total: broken.length, phase: 'making counterexamples small' });
  let losses = 0;
  for (const id of broken.slice(0, shrunkRulesMax)) {
    const rule = judging.fold.of(id);
    const kind = rule.witness?.violation.kind;
    if ((kind === 'crash' || kind === 'hang') && (losses += 1) > lossesShrunkMax) continue;
    if (rule.witness)
      rule.witness = await shrinkRuntimeWitness(id, rule.witness, executor, {
        chapters,
        revision,
        errata,
      });
  }
  const rows = judging.rows(selected, bound);
  nameDialect(rows, judging, shippedReading({ chapters, homeRules }, revision, plans));
  addCounterexamples(rows, judging, options, executor.facts);
  errata?.settle(rows);
  applyWaivers(rows, waivers, today(), judging.readings.isBrokenUnder);
  return recordOf(rows, judging, options, executor.facts, bound);
};

export type ShrinkWords = {
  chapters: readonly Chapter[];
  revision: Revision;
  /** What they excuse breaks no rule. */
  errata?: Errata | null;
  /** Runs at most. */
  limit?: number;
};

/**
 * The smallest run found in which the runtime breaks the rule, or is lost again, in the same way.
 */
export const shrinkRuntimeWitness = async (
  id: string,
  witness: Witness,
  executor: Executor,
  { chapters, revision, errata = null, limit = shrinkRunsMax }: ShrinkWords,
): Promise<Witness> => {
  const { kind } = witness.violation;
  // Threads do not repeat.
  if (witness.plan.actors.length > 1) return witness;
  const requirements = runtimeRules(chapters).filter((one) => one.id === id);
  let best = witness;
  const isBroken = async ({ plan }: PlannedRun): Promise<boolean> => {
    const [result] = await executor.run([runtimeJob({ suite: '', ...plan }, revision)]);
    if (!result || result.diverged) return false;
    const { trace } = result;
    const finding = judgeRuntime(requirements, trace, revision, { homeRules }).find(
      (one) => one.id === id,
    );
    if (!finding) return false;
    const again = judgingAgain(requirements, trace, revision, homeRules);
    const { left } = errata?.divided(finding, again, trace) ?? { left: finding.violations };
    const violation = left.find((one) => one.kind === kind);
    if (!violation) return false;
    best = { violation, plan, choices: [], trace };
    return true;
  };
  const run = { plan: witness.plan, choices: [] };
  if (kind === 'crash' || kind === 'hang') {
    await shrinkLoss(run, witness.trace, isBroken, { runsMax: limit, lossesMax: lostMax[kind] });
  } else await shrinkRun(run, isBroken, { runsMax: limit });
  return best;
};

const addCounterexamples = (
  rows: readonly RequirementRecord[],
  judging: RuntimeJudging,
  options: RuntimeOptions,
  facts: SubjectFacts,
): void => {
  for (const row of rows) {
    const { witness } = judging.fold.of(row.id);
    if (!witness || row.message === null) continue;
    const replay = replayOf(row.id, { ...witness, choices: [] }, facts, options);
    const { revision, seed, timeoutMs, asan = false } = options;
    row.counterexample = {
      plan: witness.plan,
      choices: [],
      trace: witness.trace.slice(0, witnessEventsMax),
      replay: replayLine(replay, options.library, { revision, seed, timeoutMs, asan }),
    };
  }
};

/** The digest of what has no file: its version. */
const digestOf = (facts: SubjectFacts): string =>
  facts.sha256 || createHash('sha256').update(`${facts.name} ${toolOf().version}`).digest('hex');

const recordOf = (
  rows: RequirementRecord[],
  judging: RuntimeJudging,
  options: RuntimeOptions,
  facts: SubjectFacts,
  bound: string | null,
): RunRecord => {
  const selection = {
    suites: options.suites,
    only: options.only,
    level: options.level,
    shard: options.shard ? `${options.shard.index}/${options.shard.of}` : null,
  };
  const own =
    options.revision === 'draft' ? DRAFT_FIRST_EXTENSION_MAP_TYPE : BPF_MAP_TYPE_SAMPLE_HASH_MAP;
  return {
    schema: REPORT_SCHEMA,
    tool: toolOf(),
    suite: { revision: options.revision, requirementsSha256 },
    subject: { kind: 'runtime', name: facts.name, mapTypes: [own], sha256: digestOf(facts) },
    restsOn: judging.restsOn(rows),
    profile: {},
    seed: options.seed,
    selection,
    ...concludeOutcome(rows, selection),
    executed: judging.executed,
    covered: judging.coverage.counts,
    chapters: judging.chapterRecords(),
    requirements: rows,
    notes: [...judging.notes, ...(bound === null ? [] : [`${bound} before all plans were run`])],
  };
};
