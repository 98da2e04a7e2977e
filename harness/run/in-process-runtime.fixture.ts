/** A runtime module judged in this process and at once, as data, for tests. */
import { runtimePlans } from '../explore/runtime-plans.ts';
import type { RuntimeModule } from '../provider/runtime-port.ts';
import type { Fold } from '../conclude/fold.ts';
import { RUNTIME_LAW } from './chapters.ts';
import type { ChapterRecord, RequirementRecord } from '../conclude/record.ts';
import { RuntimeJudging } from '../runtime/runtime-judging.ts';
import { runAgainst } from '../execute/runtime-run.ts';
import type { Chapter } from '../conclude/chapter.ts';

export type ExamineRuntimeOptions = {
  chapters: readonly Chapter[];
  revision?: 'merged' | 'draft';
  seed?: number;
  /** Generated plans on top of the written ones. */
  generated?: number;
  /** Asked after every run; a reason ends the examination. */
  isOver?: (fold: Fold) => string | null;
};

export type RuntimeExamination = {
  rows: RequirementRecord[];
  fold: Fold;
  chapters: ChapterRecord[];
  verdict: (id: string) => string;
  row: (id: string) => RequirementRecord;
  executed: { runs: number; operations: number; callbacks: number };
  /** Runs in which the runtime was lost, in words. */
  notes: string[];
};

/** Runs every plan against fresh instances of the runtime and judges the runtime's rules. */
export const examineRuntime = (
  module: RuntimeModule,
  options: ExamineRuntimeOptions,
): RuntimeExamination => {
  const { revision = 'merged', seed = 1, generated = 0 } = options;
  const judging = new RuntimeJudging({ ...RUNTIME_LAW, chapters: options.chapters }, revision);
  let ended: string | null = null;
  for (const plan of runtimePlans(revision, { seed, generated })) {
    const conditions = { dialect: 'as-documented' as const, revision };
    judging.take(plan, runAgainst(module.open({ revision }), plan, conditions));
    ended = options.isOver?.(judging.fold) ?? null;
    if (ended !== null) break;
  }
  const rows = judging.rows(null, ended);
  const row = (id: string): RequirementRecord => {
    const found = rows.find((one) => one.id === id);
    if (!found) throw new RangeError(`no rule is named ${id}`);
    return found;
  };
  return {
    rows,
    fold: judging.fold,
    chapters: judging.tally.chapters,
    verdict: (id) => row(id).verdict,
    row,
    executed: judging.tally.executed,
    notes: judging.notes,
  };
};
