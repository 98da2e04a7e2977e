/**
 * One run once more: how a witness is made smaller, repeated, or looked at under another reading of
 * the contract. A trial knows how runs of its kind of subject are made and judged.
 */
import { judge, type OwnersOfLoss, type Kept } from '../check/judge.ts';
import type { Finding } from '../check/monitor.ts';
import type { Requirement } from '../check/requirement.ts';
import { subjectOf, type SubjectContext } from '../check/subject.ts';
import { concludeRows } from '../conclude/conclude.ts';
import { Fold, type Witness } from '../conclude/fold.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import type { Chapter } from '../conclude/chapter.ts';
import type { BreaksAgain } from '../conclude/waived-readings.ts';
import type { RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { Plan } from '../trace/plan.ts';

/** How much is spent on making witnesses smaller. Runs bound it, no time, so that it repeats. */
export type ShrinkLimits = {
  /** Runs for one rule, by how its witness ends. */
  runs: Readonly<Record<Witness['violation']['kind'], number>>;
  /** Of them, runs that may be lost again: a crash costs a host, a hang its deadline too. */
  lost: { crash: number; hang: number };
  /** Rules whose witness is made smaller; the others keep the smallest run that was met. */
  rules: number;
};

/** A run that came back, or what is left of it. */
export type Tried = { plan: Plan; choices: number[]; trace: RunResult['trace'] };

export type Trial = {
  limits: ShrinkLimits;
  /** Threads leave no plan that repeats them. */
  isRepeatable: (plan: Plan) => boolean;
  run: (run: Pick<Tried, 'plan' | 'choices'>) => Promise<RunResult>;
  /** What one rule says of a run; undefined: it was not exercised. */
  judge: (id: string, run: Pick<Tried, 'plan' | 'trace'>, kept?: Kept) => Finding | undefined;
  /** The row of one rule, with nothing to go by but this run. */
  rowOf: (id: string, run: Tried) => RequirementRecord | undefined;
};

/** A provider that is open and probed, with the law that it is judged by. */
export type TriedProvider = {
  executor: Executor;
  chapters: readonly Chapter[];
  requirements: readonly Requirement[];
  subject: SubjectContext;
  ownersOfLoss: OwnersOfLoss;
};

const limits: ShrinkLimits = {
  runs: { violated: 120, warned: 120, crash: 300, hang: 100 },
  lost: { crash: 8, hang: 4 },
  rules: 40,
};

/** Trials of a provider, each with the profile of the map type that the plan is about. */
export const providerTrial = ({
  executor,
  chapters,
  requirements,
  subject,
  ownersOfLoss,
}: TriedProvider): Trial => {
  const findings = (id: string, { plan, trace }: Pick<Tried, 'plan' | 'trace'>, kept?: Kept) => {
    const rules = requirements.filter((one) => one.id === id);
    return judge(rules, trace, subjectOf(subject, plan), ownersOfLoss, kept);
  };
  return {
    limits,
    isRepeatable: ({ actors }) => actors.length > 0,
    run: async ({ plan, choices }) => {
      const { profile } = subjectOf(subject, plan);
      const conditions = { revision: subject.revision };
      const [result] = await executor.run([{ plan, choices, conditions, profile }]);
      return result!;
    },
    judge: (id, run, kept) => findings(id, run, kept).find((one) => one.id === id),
    rowOf: (id, run) => {
      const fold = new Fold();
      fold.add(findings(id, run), run);
      return concludeRows({
        chapters,
        subject,
        folds: new Map([['as-documented', fold]]),
        selected: new Set([id]),
        ran: new Set(chapters.map(({ name }) => name)),
        avoided: [],
        bound: null,
        judged: 'provider',
      }).find((row) => row.id === id);
    },
  };
};

/** Runs the plan of a violation again under a reading. */
export const againUnder =
  (trial: Trial): BreaksAgain =>
  async (id, reading, { plan, choices }) => {
    if (!trial.isRepeatable(plan)) return true;
    const again = { ...plan, conditions: { ...plan.conditions, dialect: reading } };
    const { trace, diverged, unsettled } = await trial.run({ plan: again, choices });
    if (diverged || unsettled !== undefined) return true;
    if (trace.some(({ kind }) => kind === 'lost')) return true;
    return (trial.judge(id, { plan: again, trace })?.violations.length ?? 0) > 0;
  };
