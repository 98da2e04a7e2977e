/**
 * A campaign: due runs against one subject, judged as they come, folded per dialect. Hosts run the
 * next batch while this process judges the last one. Plans that need a callback in which the
 * subject was lost three times are judged by their prefixes.
 */
import { judge, type OwnersOfLoss } from '../check/judge.ts';
import type { Finding } from '../check/monitor.ts';
import { ScheduleWalk } from '../explore/exhaustive.ts';
import { type Requirement } from '../check/requirement.ts';
import { subjectOf, type SubjectContext } from '../check/subject.ts';
import type { EventOf, TraceEvent } from '../trace/event.ts';
import { isAside, type DialectName, type Plan } from '../trace/plan.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { Covered } from '../trace/covered.ts';
import type { Executor } from '../execute/executor.ts';
import { Fold } from '../conclude/fold.ts';
import type { Chapter } from '../conclude/chapter.ts';
import { LossCounts, mainGroup } from '../execute/loss-counts.ts';
import type { ChapterRecord } from '../conclude/record.ts';
import { inBatches } from './batches.ts';
import { Attribution } from './attribution.ts';
import type { DueRun } from './plans.ts';
import { Tally } from '../conclude/tally.ts';

const batchRunsDefault = 40;

export type CampaignOptions = {
  executor: Executor;
  chapters: readonly Chapter[];
  requirements: readonly Requirement[];
  subject: SubjectContext;
  ownersOfLoss: OwnersOfLoss;
  runs: readonly DueRun[];
  /** Switches of a release, in place of the document's: then only the subject is judged. */
  switches?: Readonly<Record<string, boolean>> | undefined;
  /** More runs, in portions that are made when they are due. */
  later?: Iterable<readonly DueRun[]>;
  /** Hears of each trace that can be believed; not of those of a walk. */
  heard?: (run: DueRun, trace: readonly TraceEvent[]) => void;
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
  covered: Covered;
  /** Callbacks that later plans stopped short of. */
  avoided: string[];
  notes: string[];
  /** Plans whose schedules were walked: how many, and whether those are all there are. */
  walks: WalkRecord[];
  /** Runs made when `isOver` first said so; null when all were made. */
  endedBy: string | null;
};

export type WalkRecord = { plan: string; schedules: number; exhausted: boolean };

/** Runs and judges everything that is due. */
export const campaign = async (options: CampaignOptions): Promise<CampaignResult> => {
  const state = new CampaignState(options);
  const endedBy =
    (await inTurn(groupsOf(options.runs), state, (group) =>
      group[0]!.exhaustive ? state.walk(group) : state.runAll(group),
    )) ?? (await inTurn(options.later ?? [], state, (portion) => state.runAll(portion)));
  return { ...state.result(), endedBy };
};

/** One portion after the other, until there is a reason to end. */
const inTurn = async (
  portions: Iterable<readonly DueRun[]>,
  state: CampaignState,
  work: (portion: readonly DueRun[]) => Promise<string | null>,
): Promise<string | null> => {
  for (const portion of portions) {
    const endedBy = state.isOver() ?? (await work(portion));
    if (endedBy !== null) return endedBy;
  }
  return null;
};

/**
 * Neighbours of a kind, in order: plans whose every schedule is walked, and plans that are run
 * once.
 */
const groupsOf = (runs: readonly DueRun[]): DueRun[][] => {
  const groups: DueRun[][] = [];
  for (const run of runs) {
    const last = groups.at(-1);
    if (last && !last[0]!.exhaustive === !run.exhaustive) last.push(run);
    else groups.push([run]);
  }
  return groups;
};

type OpenWalk = {
  run: DueRun;
  fold: Fold;
  rules: readonly Requirement[];
  schedules: ScheduleWalk;
};

/** Whose losses count together: a probe's are nobody's but those of probes of the same rules. */
const groupOf = (plan: Plan): string =>
  isAside(plan) ? `aside: ${(plan.probes ?? []).join(' ')}` : mainGroup;

/** The plan as it is told, with the reading under which it ran. */
export const planOf = ({ plan, dialect }: DueRun, switches: CampaignOptions['switches']): Plan => ({
  ...plan,
  conditions: {
    dialect,
    ...plan.conditions,
    ...(switches ? { switches: { ...switches, ...plan.conditions?.switches } } : {}),
  },
});

/** Choices without zeros at their end: with none left the first mover is taken anyway. */
const withoutEnd = (choices: readonly number[]): number[] =>
  choices.slice(0, choices.findLastIndex((choice) => choice !== 0) + 1);

/** Whose a loss is, all rules decide: some know its cause better than those that a run is for. */
const isLostIn = (trace: readonly TraceEvent[]): boolean =>
  trace.some(({ kind }) => kind === 'lost');

class CampaignState {
  readonly folds = new Map<DialectName, Fold>();
  private readonly options: CampaignOptions;
  private readonly tally = new Tally();
  private readonly attribution: Attribution;
  private readonly losses = new LossCounts();
  private readonly notes = new Set<string>();
  private readonly walks: WalkRecord[] = [];
  /** Plans that are through. */
  private done = 0;
  constructor(options: CampaignOptions) {
    this.options = options;
    this.attribution = new Attribution(options);
  }

  /** Runs plans once each. Answers why the campaign is over, null while it is not. */
  runAll(runs: readonly DueRun[]): Promise<string | null> {
    return this.inPortions(
      runs,
      (run) => this.jobOf(run, run.choices, { stopShort: groupOf(run.plan) }),
      (run, result) => this.take(run, result),
      (done) => this.tellProgress(done),
    );
  }

  /**
   * Walks the schedules of plans, side by side; a loss of the subject ends the walk of its plan.
   */
  async walk(runs: readonly DueRun[]): Promise<string | null> {
    const walks = runs.map((run) => this.openWalk(run));
    let endedBy: string | null = null;
    while (endedBy === null) {
      const round = walks.flatMap((walk) =>
        walk.schedules.take().map((choices) => ({ walk, choices })),
      );
      if (round.length === 0) break;
      endedBy = this.isOver();
      if (endedBy !== null) break;
      endedBy = await this.inPortions(
        round,
        ({ walk, choices }) => this.jobOf(walk.run, choices, { search: true }),
        ({ walk, choices }, result) => this.takeSchedule(walk, choices, result),
      );
    }
    for (const { run, fold, schedules } of walks) {
      const { exhausted, schedules: count } = schedules.result;
      this.walks.push({ plan: run.plan.name, schedules: count, exhausted });
      if (exhausted) fold.exhausted(run.plan.probes ?? [], count);
    }
    this.tellProgress(runs.length);
    return endedBy;
  }

  /** Why nothing more is to be run; the first batch always is. */
  isOver(): string | null {
    return this.tally.executed.runs > 0 ? (this.options.isOver?.(this.folds) ?? null) : null;
  }

  private inPortions<T>(
    items: readonly T[],
    jobOf: (item: T) => Job,
    take: (item: T, result: RunResult) => void,
    taken?: (count: number) => void,
  ): Promise<string | null> {
    const { executor, batchRuns = batchRunsDefault } = this.options;
    let before = 0;
    return inBatches(items, {
      ...{ executor, size: batchRuns, jobOf, take, isOver: () => this.isOver() },
      taken: (done) => {
        taken?.(done - before);
        before = done;
      },
    });
  }

  private jobOf(run: DueRun, choices: readonly number[], how: Partial<Job>): Job {
    const subject = subjectOf(this.options.subject, run.plan);
    const avoid = this.losses.often(groupOf(run.plan));
    const { switches } = this.options;
    return {
      plan: switches ? planOf(run, switches) : run.plan,
      choices: [...choices],
      conditions: { dialect: run.dialect, revision: subject.revision },
      profile: subject.profile,
      ...how,
      ...(avoid.length ? { avoid } : {}),
    };
  }

  private take(run: DueRun, result: RunResult): void {
    const { subject, ownersOfLoss } = this.options;
    this.count(run, result.trace);
    const judged = judge(
      this.attribution.rulesOf(run, isLostIn(result.trace)),
      result.trace,
      subjectOf(subject, run.plan),
      ownersOfLoss,
    );
    this.unsettle(run, result, judged);
    if (result.diverged) return;
    this.options.heard?.(run, result.trace);
    const findings = this.attribution.found(run, judged, result.trace);
    this.foldOf(run).add(findings, {
      plan: planOf(run, this.options.switches),
      choices: run.choices,
      trace: result.trace,
    });
  }

  /** What a run was for, or what it would have exercised, is open when it proves nothing. */
  private unsettle({ plan, dialect }: DueRun, result: RunResult, judged: Finding[]): void {
    const { unsettled } = result;
    if (unsettled === undefined) return;
    this.notes.add(`a run of "${plan.name}" proves nothing: ${unsettled}`);
    const ids = plan.probes?.length ? plan.probes : judged.map(({ id }) => id);
    this.foldOf({ dialect }).unsettle(
      ids.filter((id) => this.attribution.isOwn(id)),
      unsettled,
    );
  }

  private openWalk(run: DueRun): OpenWalk {
    const search = run.exhaustive!;
    return {
      run,
      fold: this.foldOf(run),
      // A release need not keep to the rules of the document: only the subject is judged.
      rules: this.options.requirements.filter(
        ({ id }) =>
          search.rules.includes(id) && (!this.options.switches || this.attribution.isOwn(id)),
      ),
      schedules: new ScheduleWalk(search),
    };
  }

  private takeSchedule(walk: OpenWalk, vector: readonly number[], result: RunResult): void {
    const { run, fold, rules, schedules } = walk;
    const { points = [], taken, trace, diverged } = result;
    const { subject, ownersOfLoss } = this.options;
    // A loss too is for the rules of order only: in another order the same calls come back.
    const judged = judge(rules, trace, subject, ownersOfLoss);
    this.unsettle(run, result, judged);
    const given = schedules.give(vector, diverged ? null : { points, trace });
    if (given === null) return;
    // A subject that died took its branch points with it, not its choices: what it left is judged
    // all the same.
    const choices = taken ?? given;
    this.count(run, trace);
    fold.add(this.attribution.once(judged), {
      plan: planOf(run, this.options.switches),
      choices: withoutEnd(choices),
      trace,
    });
    if (trace.some((event) => event.kind === 'lost' || event.kind === 'bound-reached')) {
      schedules.end();
    }
  }

  private foldOf({ dialect }: Pick<DueRun, 'dialect'>): Fold {
    const fold = this.folds.get(dialect) ?? new Fold();
    this.folds.set(dialect, fold);
    return fold;
  }

  private tellProgress(more: number): void {
    this.done += more;
    this.options.progress?.(this.done, Math.max(this.done, this.options.runs.length));
  }

  result(): Omit<CampaignResult, 'endedBy'> {
    return {
      folds: this.folds,
      chapters: this.tally.chapters,
      executed: this.tally.executed,
      covered: this.tally.covered,
      avoided: this.losses.often(mainGroup),
      notes: [...this.notes],
      walks: this.walks,
    };
  }

  private count(run: DueRun, trace: readonly TraceEvent[]): void {
    this.tally.add(run, trace);
    const lost = trace.findLast((event): event is EventOf<'lost'> => event.kind === 'lost');
    if (lost) this.losses.add(groupOf(run.plan), lost.callback);
  }
}
