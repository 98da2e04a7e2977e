/**
 * Folds findings of many runs into what is kept per rule: counts and the smallest violation.
 * Memory is flat in runs.
 */
import type { Finding, Violation } from '../check/monitor.ts';
import type { Plan } from '../trace/plan.ts';
import type { TraceEvent } from '../trace/event.ts';
import { causeOf, type Cause } from './cause.ts';
import { settingOf } from '../trace/setting.ts';

/** A violation with the run it was seen in. */
export type Witness = {
  violation: Violation;
  plan: Plan;
  choices: number[];
  trace: TraceEvent[];
};

export type CauseFold = { cause: Cause; seen: number; witness: Witness };

/** Causes kept per rule. */
const causesMax = 12;

export type RuleFold = {
  exercised: number;
  /** Runs in which the rule was exercised. */
  runs: number;
  /** Of these, runs in which it was broken. */
  brokenRuns: number;
  violations: number;
  /** Some of them while it was treated as the shipped or documented runtime treats it. */
  isOrdinary?: boolean;
  /** Schedules of plans that were walked to the end for this rule. */
  schedules: number;
  witness: Witness | null;
  /** What broke it, by the key of the cause, each with its smallest run. */
  causes: Map<string, CauseFold>;
  /** Violations of further causes than are kept. */
  moreCauses: number;
  /** Why runs that were to exercise it do not count: a limit ran out, or the run did not repeat. */
  unsettled: string | null;
};

const sizeOf = (plan: Plan): number =>
  plan.actors.reduce((sum, actor) => sum + actor.operations.length, 0) * 100 + plan.actors.length;

const severity: Record<Violation['kind'], number> = { violated: 2, crash: 1, hang: 1, warned: 0 };

/**
 * Whether a plan treats its subject as a runtime does, which nobody can wave aside as far-fetched.
 */
export const isOrdinary = (plan: Plan): boolean => settingOf(plan) !== 'robustness';

/**
 * Whether a new witness tells more than the one kept: graver kind first, as the verdict follows it,
 * then what a runtime really does, then fewer operations.
 */
const isBetter = (next: Witness, kept: Witness): boolean => {
  const graver = severity[next.violation.kind] - severity[kept.violation.kind];
  if (graver !== 0) return graver > 0;
  const plainer = Number(isOrdinary(next.plan)) - Number(isOrdinary(kept.plan));
  return plainer !== 0 ? plainer > 0 : sizeOf(next.plan) < sizeOf(kept.plan);
};

const addCause = (rule: RuleFold, { cause, seen, witness }: CauseFold): void => {
  const known = rule.causes.get(cause.key);
  if (known) {
    known.seen += seen;
    if (isBetter(witness, known.witness)) known.witness = witness;
  } else if (rule.causes.size < causesMax) rule.causes.set(cause.key, { cause, seen, witness });
  else rule.moreCauses += seen;
};

export class Fold {
  private readonly rules = new Map<string, RuleFold>();

  add(
    findings: readonly Finding[],
    run: { plan: Plan; choices: readonly number[]; trace: TraceEvent[] },
  ): void {
    for (const finding of findings) {
      const rule = this.of(finding.id);
      rule.exercised += finding.exercised;
      if (finding.exercised > 0) rule.runs += 1;
      rule.violations += finding.violations.length;
      for (const violation of finding.violations) {
        const witness = { violation, plan: run.plan, choices: [...run.choices], trace: run.trace };
        const cause = causeOf(violation, run.trace);
        addCause(rule, { cause, seen: 1, witness });
      }
      const violation =
        finding.violations.find(({ kind }) => kind !== 'warned') ?? finding.violations[0];
      if (!violation) continue;
      rule.brokenRuns += 1;
      if (isOrdinary(run.plan)) rule.isOrdinary = true;
      const witness = { violation, plan: run.plan, choices: [...run.choices], trace: run.trace };
      if (!rule.witness || isBetter(witness, rule.witness)) rule.witness = witness;
    }
  }

  /** Everything that both have seen; neither is changed. */
  static joined(first: Fold, second: Fold): Fold {
    const joined = new Fold();
    for (const part of [first, second]) {
      for (const [id, rule] of part.rules) {
        const sum = joined.of(id);
        sum.exercised += rule.exercised;
        sum.runs += rule.runs;
        sum.brokenRuns += rule.brokenRuns;
        sum.violations += rule.violations;
        if (rule.isOrdinary) sum.isOrdinary = true;
        sum.schedules += rule.schedules;
        sum.unsettled ??= rule.unsettled;
        sum.moreCauses += rule.moreCauses;
        for (const cause of rule.causes.values()) addCause(sum, cause);
        const { witness } = rule;
        if (witness && (!sum.witness || isBetter(witness, sum.witness))) sum.witness = witness;
      }
    }
    return joined;
  }

  /** A run that was for these rules proves nothing. */
  unsettle(ids: readonly string[], reason: string): void {
    for (const id of ids) this.of(id).unsettled ??= reason;
  }

  /** Every schedule of a plan that probes these rules was run. */
  exhausted(ids: readonly string[], schedules: number): void {
    for (const id of ids) this.of(id).schedules += schedules;
  }

  of(id: string): RuleFold {
    let rule = this.rules.get(id);
    if (!rule)
      this.rules.set(
        id,
        (rule = {
          exercised: 0,
          runs: 0,
          brokenRuns: 0,
          violations: 0,
          schedules: 0,
          witness: null,
          causes: new Map(),
          moreCauses: 0,
          unsettled: null,
        }),
      );
    return rule;
  }

  /** Ids with a violation, in order of appearance. */
  broken(): string[] {
    return [...this.rules].filter(([, rule]) => rule.witness !== null).map(([id]) => id);
  }
}
