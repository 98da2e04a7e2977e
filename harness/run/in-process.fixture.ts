/** Certification of a module object in this process, as data, for tests. */
import type { OwnersOfLoss } from '../check/judge.ts';
import type { SubjectContext } from '../check/subject.ts';
import { withCauses } from '../host/causes.ts';
import type { ProviderModule } from '../provider/module.ts';
import type { DeclaredProfile, Profile } from '../provider/profile.ts';
import { openModule } from '../adapters/in-process.ts';
import type { DialectName } from '../trace/plan.ts';
import { campaign, type Folds } from '../campaign/campaign.ts';
import { executeRun } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';
import type { Extent } from '../explore/low-memory.ts';
import { extentFor, lowMemorySweep } from '../campaign/low-memory-sweep.ts';
import { dueRuns } from '../campaign/plans.ts';
import { probe } from '../campaign/probe.ts';
import { contextOf, providerRows } from './provider.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import type { Chapter } from '../conclude/chapter.ts';

export type ExamineOptions = {
  chapters: readonly Chapter[];
  ownersOfLoss?: OwnersOfLoss;
  dialects?: readonly DialectName[];
  seed?: number;
  /** Generated plans per chapter (default 4). */
  generated?: number;
  config?: DeclaredProfile;
  revision?: 'merged' | 'draft';
  enumHeader?: SubjectContext['enumHeader'];
  /** What is swept in want of memory (default: as in a certification). */
  extent?: Extent;
  isOver?: (folds: Folds) => string | null;
};

export type Examination = {
  subject: SubjectContext;
  profile: Profile;
  startError: string | null;
  rows: RequirementRecord[];
  folds: Folds;
  verdict: (id: string) => string;
  row: (id: string) => RequirementRecord;
  executed: { runs: number; operations: number; callbacks: number };
};

/**
 * An executor over a module object of this process: no isolation, for right and for mildly wrong
 * subjects.
 */
export const moduleExecutor = (
  module: ProviderModule,
  declared: DeclaredProfile | null,
): Executor => ({
  facts: {
    kind: 'in-process',
    name: module.name,
    sha256: '',
    declared,
    hasMakeValue: typeof module.makeValue === 'function',
    hasResourceCount: typeof module.resourceCount === 'function',
    hasDrain: typeof module.drain === 'function',
    hasInvokeHelper: typeof module.invokeHelper === 'function',
  },
  run: (jobs) => Promise.resolve(jobs.map((job) => executeRun(job, openModule(module), declared))),
  close: () => Promise.resolve(),
});

/** Probe, scenarios, generated plans and verdicts for a module object. */
export const examineModule = async (
  module: ProviderModule,
  options: ExamineOptions,
): Promise<Examination> => {
  const declared = { ...module.profile, ...options.config };
  const executor = withCauses(moduleExecutor(module, declared));
  const revision = options.revision ?? 'merged';
  const probed = await probe(executor, declared, revision);
  const subject = contextOf(executor.facts, probed, revision, options.enumHeader ?? null);
  const dialects = options.dialects ?? ['as-documented', 'as-shipped', 'detach-first'];
  const requirements = options.chapters.flatMap((chapter) => chapter.requirements);
  const done = await campaign({
    executor,
    chapters: options.chapters,
    requirements,
    subject,
    ownersOfLoss: options.ownersOfLoss ?? (() => []),
    runs: dueRuns(options.chapters, probed.profile, {
      seed: options.seed ?? 1,
      generated: options.generated ?? 4,
      dialects,
      others: probed.others,
    }),
    ...lowMemorySweep(options.chapters, options.extent ?? extentFor('in-process', false)),
    ...(options.isOver ? { isOver: options.isOver } : {}),
  });
  const rows = providerRows({ chapters: options.chapters, subject }, done, {});
  const row = (id: string): RequirementRecord => {
    const found = rows.find((one) => one.id === id);
    if (!found) throw new RangeError(`no rule is named ${id}`);
    return found;
  };
  return {
    subject,
    profile: probed.profile,
    startError: probed.startError,
    rows,
    folds: done.folds,
    verdict: (id) => row(id).verdict,
    row,
    executed: done.executed,
  };
};
