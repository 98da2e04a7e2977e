/**
 * The lattice of changes: plans are run again under a reading with some switches the other way
 * round, and the provider's own rules are asked again. A run that did not come to ask for a switch
 * is the same with it, so only plans that notice a change are run.
 */
import { catalogueRow } from '../abi/catalogue.ts';
import { isMust } from '../abi/requirement.ts';
import { judge } from '../check/judge.ts';
import type { Requirement } from '../check/requirement.ts';
import { subjectOf } from '../check/subject.ts';
import { Fold, type Witness } from '../conclude/fold.ts';
import type { Change } from '../conclude/upgrade-record.ts';
import type { Job, RunResult } from '../execute/execute.ts';
import type { DialectName, Plan } from '../trace/plan.ts';
import { inBatches } from './batches.ts';
import type { DueRun } from './plans.ts';
import type { TriedProvider } from './trial.ts';

/** A reading that changes start from, with the value of every switch in it. */
export type Base = { dialect: DialectName; values: Readonly<Record<string, boolean>> };

/** What came of some plans under a base with changes. */
export type Row = {
  /** Rules that were broken, with the smallest run. */
  red: ReadonlyMap<string, Witness>;
  /** Switches that each plan came to ask for. */
  asked: ReadonlyMap<DueRun, ReadonlySet<string>>;
  /** Maps of the provider that each plan got. */
  created: ReadonlyMap<DueRun, number>;
  runs: number;
  /** Runs that prove nothing. */
  open: number;
};

const batchRuns = 40;

export class Lattice {
  runs = 0;
  private readonly tried: TriedProvider;
  private readonly own: readonly Requirement[];

  constructor(tried: TriedProvider) {
    this.tried = tried;
    this.own = tried.requirements.filter(({ id }) => catalogueRow(id)?.subject === 'provider');
  }

  /** Runs plans under a base with changes, up to the first batch in which the subject is lost. */
  async row(base: Base, changes: readonly Change[], due: readonly DueRun[]): Promise<Row> {
    const fold = new Fold();
    const asked = new Map<DueRun, ReadonlySet<string>>();
    const created = new Map<DueRun, number>();
    let isLost = false;
    let open = 0;
    await inBatches(due, {
      executor: this.tried.executor,
      size: batchRuns,
      jobOf: (run) => this.jobOf(base, changes, run),
      take: (run, result) => {
        asked.set(run, new Set(result.asked));
        created.set(run, mapsOf(result));
        if (result.diverged || result.unsettled !== undefined) open += 1;
        else this.fold(fold, planUnder(base, changes, run.plan), run, result);
        isLost ||= result.trace.some(({ kind }) => kind === 'lost');
      },
      isOver: () => (isLost ? 'the subject was lost' : null),
    });
    this.runs += asked.size;
    return { red: this.redOf(fold), asked, created, runs: asked.size, open };
  }

  /** Whether one run breaks a rule under a base with changes. */
  async breaks(base: Base, changes: readonly Change[], run: DueRun, id: string): Promise<boolean> {
    const { red } = await this.row(base, changes, [run]);
    return red.has(id);
  }

  private jobOf(base: Base, changes: readonly Change[], run: DueRun): Job {
    const { subject } = this.tried;
    // Nobody asks why a run without a chapter was lost: that is for the verdict proper.
    const { suite: _, ...plan } = planUnder(base, changes, run.plan);
    return {
      plan,
      choices: [...run.choices],
      conditions: { revision: subject.revision },
      profile: subjectOf(subject, run.plan).profile,
      tellAsked: true,
    };
  }

  private fold(fold: Fold, plan: Plan, run: DueRun, { trace }: RunResult): void {
    const { chapters, subject, ownersOfLoss } = this.tried;
    const { judgedBy } = run;
    const chosen = judgedBy && chapters.filter(({ name }) => judgedBy.includes(name));
    const ids = chosen && new Set(chosen.flatMap((one) => one.requirements.map(({ id }) => id)));
    const rules = ids ? this.own.filter(({ id }) => ids.has(id)) : this.own;
    const findings = judge(rules, trace, subjectOf(subject, plan), ownersOfLoss);
    fold.add(findings, { plan, choices: run.choices, trace });
  }

  /** Broken rules that decide: what is a warning is none. */
  private redOf(fold: Fold): Map<string, Witness> {
    const red = new Map<string, Witness>();
    for (const id of fold.broken()) {
      const { witness } = fold.of(id);
      if (witness && witness.violation.kind !== 'warned' && this.isBinding(id)) {
        red.set(id, witness);
      }
    }
    return red;
  }

  private isBinding(id: string): boolean {
    const row = catalogueRow(id);
    const rule = this.own.find((one) => one.id === id);
    return (row !== undefined && isMust(row)) || rule?.isMustFor?.(this.tried.subject) === true;
  }
}

/** Maps that came to be, of the subject's own registrations. */
const mapsOf = ({ trace }: RunResult): number =>
  trace.filter((event) => event.kind === 'map-created' && !event.registration.startsWith('other'))
    .length;

/** The plan as it is run, and as a replay repeats it. */
const planUnder = ({ dialect }: Base, changes: readonly Change[], plan: Plan): Plan => ({
  ...plan,
  conditions: {
    ...plan.conditions,
    dialect,
    switches: {
      ...Object.fromEntries(changes.map(({ switch: name, to }) => [name, to])),
      ...plan.conditions?.switches,
    },
  },
});
