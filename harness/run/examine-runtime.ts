/**
 * The roles swapped: a runtime is the subject, observing providers are registered with it, and the
 * rules that bind the runtime are judged over the same kind of trace.
 */
import { EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0 } from '../abi/layout.ts';
import { judge } from '../check/judge.ts';
import type { SubjectContext } from '../check/requirement.ts';
import { runtimePlans } from '../explore/runtime-plans.ts';
import type { RuntimeModule } from '../provider/runtime-port.ts';
import type { TraceEvent } from '../trace/event.ts';
import type { DialectName } from '../trace/plan.ts';
import { bootstrapProfile } from './bootstrap-profile.ts';
import { concludeRows } from './conclude.ts';
import { Fold } from './fold.ts';
import type { ChapterRecord, RequirementRecord } from './record.ts';
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

const customType = 15;

/**
 * What the rules may ask of a "profile": the maps that the plans make, with the provider that a plan
 * registers first. Rules about values and callbacks depend on it, so it is one per plan.
 */
const contextOf = (trace: readonly TraceEvent[], revision: 'merged' | 'draft'): SubjectContext => {
  const registrations = trace.flatMap((event) =>
    event.kind === 'registered' && !event.inert ? [event.facts] : [],
  );
  const data = registrations.find((facts) => facts.data?.base_provider_table)?.data;
  const table = data?.base_provider_table;
  const old = table?.header?.size === EBPF_BASE_MAP_PROVIDER_DISPATCH_TABLE_V1_SIZE_0;
  const has = (name: string): boolean => table?.members.includes(name) ?? false;
  return {
    kind: 'runtime',
    profile: {
      ...bootstrapProfile(null),
      mapType: data?.map_type ?? customType,
      updatesOriginalValue: data?.base_properties?.updates_original_value ?? false,
      hasFind: has('postprocess_map_find_element'),
      hasUpdate: has('preprocess_map_update_element'),
      deleteStyle: has('preprocess_map_delete_element')
        ? 'preprocess'
        : has('postprocess_map_delete_element') && !old
          ? 'postprocess'
          : 'none',
      tableSize: table?.header?.size ?? 0,
      keySizes: [4],
      valueSizes: [4],
      accepted: [{ key: 4, value: 4, actual: 4 }],
      maxEntries: { min: 1, max: 8 },
      values: 'generated',
      userLookup: 'supported',
    },
    registrations,
    revision,
    enumHeader: null,
  };
};

/** The chapters with each rule's condition settled: it applies when it did for one of the plans. */
const settled = (chapters: readonly Chapter[], contexts: readonly SubjectContext[]): Chapter[] =>
  chapters.map((chapter) => ({
    ...chapter,
    requirements: chapter.requirements.map(({ applies, ...rest }) => {
      const isDue = !applies || contexts.some((context) => applies(context) === true);
      return isDue ? rest : { ...rest, applies };
    }),
  }));

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
    const context = contextOf(trace, revision);
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
    subject: contextOf([], revision),
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
