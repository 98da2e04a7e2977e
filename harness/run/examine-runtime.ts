/**
 * The roles swapped: a runtime is the subject, observing providers are registered with it, and the
 * rules that bind the runtime are judged over the same kind of trace.
 */
import { judge } from '../check/judge.ts';
import type { SubjectContext } from '../check/requirement.ts';
import { runtimePlans } from '../explore/runtime-plans.ts';
import type { RuntimeModule } from '../provider/runtime-port.ts';
import type { DialectName } from '../trace/plan.ts';
import { concludeRows } from './conclude.ts';
import { Fold } from './fold.ts';
import type { ChapterRecord, RequirementRecord } from './record.ts';
import { contextOfTrace, settled } from './runtime-context.ts';
import { runAgainst } from './runtime-run.ts';
import type { Chapter } from './suite.ts';

export type ExamineRuntimeOptions = {
  chapters: readonly Chapter[];
  revision?: 'merged' | 'draft';
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
  /** Runs in which the runtime threw, in words. */
  notes: string[];
};

/** Runs every plan against fresh instances of the runtime and judges the runtime's rules. */
export const examineRuntime = (
  module: RuntimeModule,
  options: ExamineRuntimeOptions,
): RuntimeExamination => {
  const revision = options.revision ?? 'merged';
  const contexts: SubjectContext[] = [];
  const requirements = options.chapters.flatMap((chapter) => chapter.requirements);
  const fold = new Fold();
  const notes: string[] = [];
  const executed = { runs: 0, operations: 0, callbacks: 0 };
  const chapters = new Map<string, ChapterRecord>();
  let ended: string | null = null;
  for (const plan of runtimePlans(revision)) {
    const conditions = { dialect: 'as-documented' as const, revision };
    const trace = runAgainst(module.open({ revision }), plan, conditions);
    const context = contextOfTrace(trace, revision, 'runtime');
    contexts.push(context);
    fold.add(
      judge(requirements, trace, context, () => []),
      { plan: { ...plan, conditions }, choices: [], trace },
    );
    executed.runs += 1;
    const last = trace.at(-1);
    const done = last?.kind === 'run-ended' ? last : { operations: 0, callbacks: 0 };
    const { suite } = plan;
    const chapter = chapters.get(suite) ?? {
      suite,
      scenarios: 0,
      generated: 0,
      operations: 0,
      callbacks: 0,
    };
    chapters.set(suite, chapter);
    chapter.scenarios += 1;
    for (const sum of [chapter, executed]) {
      sum.operations += done.operations;
      sum.callbacks += done.callbacks;
    }
    const lost = trace.find((event) => event.kind === 'lost');
    if (lost?.kind === 'lost')
      notes.push(`in "${plan.name}" the runtime threw: ${lost.error}: ${lost.detail}`);
    ended = options.isOver?.(fold) ?? null;
    if (ended !== null) break;
  }
  const rows = concludeRows({
    chapters: settled(options.chapters, contexts),
    subject: contextOfTrace([], revision, 'runtime'),
    folds: new Map<DialectName, Fold>([['as-documented', fold]]),
    selected: null,
    ran: new Set(options.chapters.map((chapter) => chapter.name)),
    avoided: [],
    bound: ended,
    judged: 'runtime',
  });
  const row = (id: string): RequirementRecord => {
    const found = rows.find((one) => one.id === id);
    if (!found) throw new RangeError(`no rule is named ${id}`);
    return found;
  };
  return {
    rows,
    fold,
    chapters: [...chapters.values()],
    verdict: (id) => row(id).verdict,
    row,
    executed,
    notes,
  };
};
