/**
 * A campaign: due runs against one subject, judged as they come, folded per dialect. Hosts run the
 * next batch while this process judges the last one. Plans that need a callback in which the subject
 * was lost three times are judged by their prefixes.
 */
import { catalogueRow } from '../abi/catalogue.ts';
import { judge, type HomeRules } from '../check/judge.ts';
import { walkSchedules } from '../explore/exhaustive.ts';
import type { Requirement, SubjectContext } from '../check/requirement.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import type { DialectName } from '../trace/plan.ts';
import type { Job, RunResult } from './execute.ts';
import type { Executor } from './executor.ts';
import { Fold } from './fold.ts';
import { CHAPTERS } from './law.ts';
import type { DueRun } from './plans.ts';
import type { ChapterRecord } from './record.ts';

const batchRunsDefault = 40;
/** Losses in one callback after which plans stop short of it. */
export const lossesMax = 3;

export type CampaignOptions = {
  executor: Executor;
  requirements: readonly Requirement[];
  subject: SubjectContext;
  homeRules: HomeRules;
  runs: readonly DueRun[];
  /** Runs handed to the host at once. */
  batchRuns?: number;
  /** Asked between batches; true ends the campaign (a budget ran out, a fault is killed). */
  isOver?: (folds: Folds) => string | null;
  progress?: (done: number, total: number) => void;
};

export type Folds = ReadonlyMap<DialectName, Fold>;

export type CampaignResult = {
  folds: Folds;
  chapters: ChapterRecord[];
  executed: { runs: number; operations: number; callbacks: number };
  /** Callbacks in which the subject was lost, with how often. */
  losses: Map<string, number>;
  /** Callbacks that later plans stopped short of. */
  avoided: string[];
  notes: string[];
  /** Runs made when `isOver` first said so; null when all were made. */
  endedBy: string | null;
};

/** Runs and judges everything that is due. */
export const campaign = async (options: CampaignOptions): Promise<CampaignResult> => {
  const state = new CampaignState(options);
  const portions = portionsOf(options.runs, options.batchRuns ?? batchRunsDefault);
  let endedBy: string | null = null;
  let done = 0;
  let next: Promise<RunResult[]> | null = null;
  for (const [at, portion] of portions.entries()) {
    if (portion.walk) {
      endedBy = await state.walk(portion.runs[0]!);
    } else {
      const results: RunResult[] = await (next ?? state.start(portion.runs));
      // The next batch runs in the host while this one is judged here.
      const following = portions[at + 1];
      next = following && !following.walk ? state.start(following.runs) : null;
      state.take(portion.runs, results);
      endedBy = options.isOver?.(state.folds) ?? null;
    }
    options.progress?.((done += portion.runs.length), options.runs.length);
    if (endedBy !== null) break;
  }
  await next;
  return { ...state.result(), endedBy };
};

type Portion = { runs: DueRun[]; walk: boolean };

/** Runs in batches, in order; a plan whose every schedule is walked is a portion of its own. */
const portionsOf = (runs: readonly DueRun[], batchRuns: number): Portion[] => {
  const portions: Portion[] = [];
  for (const run of runs) {
    const last = portions.at(-1);
    if (run.exhaustive) portions.push({ runs: [run], walk: true });
    else if (last && !last.walk && last.runs.length < batchRuns) last.runs.push(run);
    else portions.push({ runs: [run], walk: false });
  }
  return portions;
};

class CampaignState {
  readonly folds = new Map<DialectName, Fold>();
  private readonly options: CampaignOptions;
  private readonly chapters = new Map<string, ChapterRecord>();
  private readonly executed = { runs: 0, operations: 0, callbacks: 0 };
  private readonly losses = new Map<string, number>();
  private readonly notes = new Set<string>();
  /** The subject's own rules: all that advisory dialects are judged by. */
  private readonly advised: readonly Requirement[];
  /** Rules that decide, per chapter whose plans run. */
  private readonly deciding = new Map<string, readonly Requirement[]>();
  /** Plans whose schedules are being walked: one scenario each, however many runs. */
  private readonly walked = new Set<DueRun>();

  constructor(options: CampaignOptions) {
    this.options = options;
    const judged = options.subject.kind === 'runtime' ? 'runtime' : 'provider';
    this.advised = options.requirements.filter((rule) => catalogueRow(rule.id)?.subject === judged);
  }

  /** The subject's rules, and for the harness's check on itself those of the chapter that made the plan. */
  private rulesOf(run: DueRun): readonly Requirement[] {
    // Under another reading the reference runtime is not checked on itself: only advice is wanted.
    if (run.dialect !== 'as-documented') return this.advised;
    const known = this.deciding.get(run.suite);
    if (known) return known;
    const own = new Set(this.advised);
    const chapter = new Set(CHAPTERS.find(({ name }) => name === run.suite)?.requirements);
    const rules = this.options.requirements.filter((rule) => own.has(rule) || chapter.has(rule));
    this.deciding.set(run.suite, rules);
    return rules;
  }

  start(batch: readonly DueRun[] | undefined): Promise<RunResult[]> {
    if (!batch) return Promise.resolve([]);
    const { subject, executor } = this.options;
    const avoid = this.avoided();
    const jobs = batch.map((run): Job => ({
      plan: run.plan,
      choices: run.choices,
      conditions: { dialect: run.dialect, revision: subject.revision },
      profile: subject.profile,
      stopShort: true,
      ...(avoid.length ? { avoid } : {}),
    }));
    return executor.run(jobs);
  }

  take(batch: readonly DueRun[], results: readonly RunResult[]): void {
    const { subject, homeRules } = this.options;
    results.forEach((result, index) => {
      const run = batch[index]!;
      this.count(run, result.trace);
      if (result.diverged) {
        this.notes.add(`a run of "${run.plan.name}" did not repeat: replay diverged`);
        return;
      }
      const findings = judge(this.rulesOf(run), result.trace, subject, homeRules);
      const fold = this.folds.get(run.dialect) ?? new Fold();
      this.folds.set(run.dialect, fold);
      const plan = { ...run.plan, conditions: { dialect: run.dialect, ...run.plan.conditions } };
      fold.add(findings, { plan, choices: run.choices, trace: result.trace });
    });
  }

  /** Runs every schedule of a plan; the first loss of the subject ends it. Answers why the campaign is over. */
  async walk(run: DueRun): Promise<string | null> {
    const { executor, subject, homeRules, isOver } = this.options;
    const search = run.exhaustive!;
    const requirements = this.options.requirements.filter((one) => search.rules.includes(one.id));
    const fold = this.folds.get(run.dialect) ?? new Fold();
    this.folds.set(run.dialect, fold);
    const plan = { ...run.plan, conditions: { dialect: run.dialect, ...run.plan.conditions } };
    const avoid = this.avoided();
    let endedBy: string | null = null;
    const job = (choices: number[]): Job => ({
      plan: run.plan,
      choices,
      conditions: { dialect: run.dialect, revision: subject.revision },
      profile: subject.profile,
      search: true,
      ...(avoid.length ? { avoid } : {}),
    });
    const done = await walkSchedules(
      search,
      async (vectors) => {
        endedBy ??= isOver?.(this.folds) ?? null;
        if (endedBy !== null) return [null];
        const results = await executor.run(vectors.map(job));
        // A subject that died took its branch points with it; what it left is judged all the same.
        return results.map(({ points = [], trace, diverged }) =>
          diverged ? null : { points, trace },
        );
      },
      (choices, { trace }) => {
        this.count(run, trace);
        fold.add(judge(requirements, trace, subject, homeRules), {
          plan,
          choices,
          trace: trace as TraceEvent[],
        });
        return !trace.some((event) => event.kind === 'lost' || event.kind === 'bound-reached');
      },
    );
    if (done.exhausted) fold.exhausted(run.plan.probes ?? [], done.schedules);
    return endedBy;
  }

  result(): Omit<CampaignResult, 'endedBy'> {
    return {
      folds: this.folds,
      chapters: [...this.chapters.values()],
      executed: this.executed,
      losses: this.losses,
      avoided: this.avoided(),
      notes: [...this.notes],
    };
  }

  private avoided(): string[] {
    return [...this.losses].filter(([, count]) => count >= lossesMax).map(([name]) => name);
  }

  private count(run: DueRun, trace: readonly TraceEvent[]): void {
    const last = trace.at(-1);
    const done = last?.kind === 'run-ended' ? last : { operations: 0, callbacks: 0 };
    const chapter = this.chapters.get(run.suite) ?? {
      suite: run.suite,
      scenarios: 0,
      generated: 0,
      operations: 0,
      callbacks: 0,
    };
    this.chapters.set(run.suite, chapter);
    if (run.generated) chapter.generated += 1;
    else if (!this.walked.has(run)) chapter.scenarios += 1;
    if (run.exhaustive) this.walked.add(run);
    for (const sum of [chapter, this.executed]) {
      sum.operations += done.operations;
      sum.callbacks += done.callbacks;
    }
    this.executed.runs += 1;
    const lost = trace.findLast((event): event is EventOf<'lost'> => event.kind === 'lost');
    if (lost) this.losses.set(lost.callback, (this.losses.get(lost.callback) ?? 0) + 1);
  }
}
