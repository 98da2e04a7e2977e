/** Makes the witness of each broken rule as small as a bounded number of runs allows. */
import { isOrdinary, type RuleFold, type Witness } from '../conclude/fold.ts';
import type { PlannedRun } from '../explore/generate.ts';
import { shrinkRun } from '../explore/shrink-run.ts';
import { shrinkLoss } from '../explore/shrink-loss.ts';
import type { Plan } from '../trace/plan.ts';
import type { Trial } from './trial.ts';

/** Rules whose witness ends in a loss and is made smaller: later ones are mostly the same loss. */
const lossesShrunkMax = 3;

/** What one rule may cost: so many runs, and none any more once it is over. */
export type WitnessBudget = { runsMax?: number; isOver?: () => boolean };

/** The smallest witness found for one rule. */
export const shrinkWitness = async (
  id: string,
  witness: Witness,
  trial: Trial,
  { runsMax = trial.limits.runs[witness.violation.kind], isOver = () => false }: WitnessBudget = {},
): Promise<Witness> => {
  if (!trial.isRepeatable(witness.plan)) return witness;
  const { kind } = witness.violation;
  let best = witness;
  const isBroken = async ({ plan, choices }: PlannedRun): Promise<boolean> => {
    if (isOver()) return false;
    const { trace, diverged } = await trial.run({ plan, choices });
    if (diverged) return false;
    const found = trial.judge(id, { plan, trace });
    const violation = found?.violations.find((one) => one.kind === kind);
    if (!violation) return false;
    best = { violation, plan, choices, trace };
    return true;
  };
  const run = { plan: witness.plan, choices: witness.choices };
  if (kind === 'crash' || kind === 'hang') {
    const lossesMax = trial.limits.lost[kind];
    await shrinkLoss(run, witness.trace, isBroken, { runsMax, lossesMax });
  } else await shrinkRun(run, isBroken, { runsMax });
  return best;
};

/**
 * The witness of another rule if it shows this one too, in the same way, in fewer operations and no
 * further fetched.
 */
const sharedWitness = (id: string, own: Witness, other: Witness, trial: Trial): Witness | null => {
  if (operationsIn(other.plan) >= operationsIn(own.plan)) return null;
  if (isOrdinary(own.plan) && !isOrdinary(other.plan)) return null;
  const found = trial.judge(id, other);
  const violation = found?.violations.find(({ kind }) => kind === own.violation.kind);
  return violation ? { ...other, violation } : null;
};

/** How many operations a plan has. */
export const operationsIn = ({ actors }: Plan): number =>
  actors.reduce((sum, { operations }) => sum + operations.length, 0);

/** Shrinks the witnesses of these rules in place. */
export const shrinkAll = async (
  broken: readonly { id: string; fold: RuleFold }[],
  trial: Trial,
): Promise<void> => {
  let losses = 0;
  /** Rules that another one's smallest run shows as well. */
  const shared = new Set<string>();
  for (const { id, fold } of broken.slice(0, trial.limits.rules)) {
    const { witness } = fold;
    if (!witness || shared.has(id)) continue;
    const isLoss = witness.violation.kind === 'crash' || witness.violation.kind === 'hang';
    if (isLoss && (losses += 1) > lossesShrunkMax) continue;
    const small = await shrinkWitness(id, witness, trial);
    fold.witness = small;
    for (const other of isLoss ? broken : []) {
      const found = other.fold.witness && sharedWitness(other.id, other.fold.witness, small, trial);
      if (!found) continue;
      other.fold.witness = found;
      shared.add(other.id);
    }
  }
};
