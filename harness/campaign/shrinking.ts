/** Makes the witness of each broken rule as small as a bounded number of runs allows. */
import { judge, type HomeRules } from '../check/judge.ts';
import { type Requirement } from '../check/requirement.ts';
import { subjectOf, type SubjectContext } from '../check/subject.ts';
import { shrinkRun, type PlannedRun } from '../explore/generate.ts';
import { shrinkLoss } from '../explore/shrink-loss.ts';
import type { Plan } from '../trace/plan.ts';
import type { Executor } from '../execute/executor.ts';
import { isOrdinary, type RuleFold, type Witness } from '../conclude/fold.ts';

/** Runs spent on one rule, by how its witness ends. */
const runsMax = { violated: 120, warned: 120, crash: 300, hang: 100 } as const;
/** Of them, runs that may be lost again: a crash costs a host, a hang its deadline too. */
const lostMax = { crash: 8, hang: 4 } as const;
/** Rules whose witness is made smaller; the others keep the smallest run that was met. */
const rulesMax = 40;
/** Of them, rules whose witness ends in a loss: later ones are mostly the same loss. */
const lossesShrunkMax = 3;

export type ShrinkParts = {
  executor: Executor;
  requirements: readonly Requirement[];
  subject: SubjectContext;
  homeRules: HomeRules;
};

/**
 * The smallest witness found for one rule. The number of runs, not time, bounds it, so that it
 * repeats.
 */
export const shrinkWitness = async (
  id: string,
  witness: Witness,
  parts: ShrinkParts,
  limit: number = runsMax[witness.violation.kind],
): Promise<Witness> => {
  const { executor, homeRules } = parts;
  const subject = subjectOf(parts.subject, witness.plan);
  const requirements = parts.requirements.filter((one) => one.id === id);
  const { kind } = witness.violation;
  let best = witness;
  const isBroken = async ({ plan, choices }: PlannedRun): Promise<boolean> => {
    const [result] = await executor.run([
      { plan, choices, conditions: { revision: subject.revision }, profile: subject.profile },
    ]);
    if (!result || result.diverged) return false;
    const violation = judge(requirements, result.trace, subject, homeRules)
      .find((finding) => finding.id === id)
      ?.violations.find((one) => one.kind === kind);
    if (!violation) return false;
    best = { violation, plan, choices, trace: result.trace };
    return true;
  };
  const run = { plan: witness.plan, choices: witness.choices };
  if (kind === 'crash' || kind === 'hang') {
    await shrinkLoss(run, witness.trace, isBroken, { runsMax: limit, lossesMax: lostMax[kind] });
  } else await shrinkRun(run, isBroken, { runsMax: limit });
  return best;
};

/**
 * The witness of another rule if it shows this one too, in the same way, in fewer operations and no
 * further fetched.
 */
const sharedWitness = (
  id: string,
  own: Witness,
  other: Witness,
  { requirements, subject, homeRules }: ShrinkParts,
): Witness | null => {
  if (operationsIn(other.plan) >= operationsIn(own.plan)) return null;
  if (isOrdinary(own.plan) && !isOrdinary(other.plan)) return null;
  const rule = requirements.filter((one) => one.id === id);
  const about = subjectOf(subject, other.plan);
  const violation = judge(rule, other.trace, about, homeRules)
    .find((finding) => finding.id === id)
    ?.violations.find(({ kind }) => kind === own.violation.kind);
  return violation ? { ...other, violation } : null;
};

const operationsIn = ({ actors }: Plan): number =>
  actors.reduce((sum, { operations }) => sum + operations.length, 0);

/** Shrinks the witnesses of these rules in place. */
export const shrinkAll = async (
  broken: readonly { id: string; fold: RuleFold }[],
  parts: ShrinkParts,
): Promise<void> => {
  let losses = 0;
  /** Rules that another one's smallest run shows as well. */
  const shared = new Set<string>();
  for (const { id, fold } of broken.slice(0, rulesMax)) {
    const { witness } = fold;
    if (!witness || witness.plan.actors.length === 0 || shared.has(id)) continue;
    const isLoss = witness.violation.kind === 'crash' || witness.violation.kind === 'hang';
    if (isLoss && (losses += 1) > lossesShrunkMax) continue;
    const small = await shrinkWitness(id, witness, parts);
    fold.witness = small;
    for (const other of isLoss ? broken : []) {
      const found = other.fold.witness && sharedWitness(other.id, other.fold.witness, small, parts);
      if (!found) continue;
      other.fold.witness = found;
      shared.add(other.id);
    }
  }
};
