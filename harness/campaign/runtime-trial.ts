/** Trials of a runtime: a run of it, repeated and judged by one rule. */
import type { Errata } from '../conclude/errata.ts';
import type { Executor } from '../execute/executor.ts';
import {
  judgeRuntime,
  judgingAgain,
  RuntimeJudging,
  runtimeRules,
  type RuntimeLaw,
} from '../runtime/runtime-judging.ts';
import { runtimeJob } from './runtime-campaign.ts';
import type { ShrinkLimits, Trial } from './trial.ts';

/** A runtime that is open, with the law that it is judged by. */
export type TriedRuntime = {
  executor: Executor;
  law: RuntimeLaw;
  revision: 'merged' | 'draft';
  /** What they excuse breaks no rule. */
  errata?: Errata | null;
};

const limits: ShrinkLimits = {
  runs: { violated: 60, warned: 60, crash: 60, hang: 60 },
  lost: { crash: 8, hang: 3 },
  rules: 12,
};

export const runtimeTrial = ({ executor, law, revision, errata = null }: TriedRuntime): Trial => ({
  limits,
  isRepeatable: ({ actors }) => actors.length === 1,
  run: async ({ plan }) => {
    const [result] = await executor.run([runtimeJob({ suite: '', ...plan }, revision)]);
    return result!;
  },
  judge: (id, { trace }, kept = 'some') => {
    const rules = runtimeRules(law.chapters).filter((one) => one.id === id);
    const found = judgeRuntime(rules, trace, revision, { law, kept });
    const finding = found.find((one) => one.id === id);
    if (!finding || !errata) return finding;
    const again = judgingAgain(rules, trace, revision, law);
    return { ...finding, violations: errata.divided(finding, again, trace).left };
  },
  rowOf: (id, { plan, trace }) => {
    const judging = new RuntimeJudging(law, revision);
    judging.take({ suite: 'replay', ...plan }, trace);
    return judging.rows(new Set([id]), null).find((row) => row.id === id);
  },
});
