/** Makes the witness of each broken rule as small as a bounded number of runs allows. */
import { judge, type HomeRules } from '../check/judge.ts';
import type { Requirement, SubjectContext } from '../check/requirement.ts';
import { shrinkRun } from '../explore/generate.ts';
import type { Executor } from './executor.ts';
import type { RuleFold, Witness } from './fold.ts';

/** Runs spent on one rule, by how its witness ends: a crash costs a host, a hang its deadline too. */
const runsMax = { violated: 120, warned: 120, crash: 8, hang: 0 } as const;
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

/** The smallest witness found for one rule. The number of runs, not time, bounds it, so that it repeats. */
export const shrinkWitness = async (
  id: string,
  witness: Witness,
  parts: ShrinkParts,
  limit: number = runsMax[witness.violation.kind],
): Promise<Witness> => {
  const { executor, subject, homeRules } = parts;
  const requirements = parts.requirements.filter((one) => one.id === id);
  let best = witness;
  if (limit === 0) return best;
  await shrinkRun(
    { plan: witness.plan, choices: witness.choices },
    async (candidate) => {
      const [result] = await executor.run([
        {
          plan: candidate.plan,
          choices: candidate.choices,
          conditions: { revision: subject.revision },
          profile: subject.profile,
        },
      ]);
      if (!result || result.diverged) return false;
      const [finding] = judge(requirements, result.trace, subject, homeRules);
      const violation = finding?.violations.find((one) => one.kind === witness.violation.kind);
      if (!violation) return false;
      best = { violation, plan: candidate.plan, choices: candidate.choices, trace: result.trace };
      return true;
    },
    { runsMax: limit },
  );
  return best;
};

/** Shrinks the witnesses of these rules in place. */
export const shrinkAll = async (
  broken: readonly { id: string; fold: RuleFold }[],
  parts: ShrinkParts,
): Promise<void> => {
  let losses = 0;
  for (const { id, fold } of broken.slice(0, rulesMax)) {
    const { witness } = fold;
    if (!witness || witness.plan.actors.length === 0) continue;
    const isLoss = witness.violation.kind === 'crash' || witness.violation.kind === 'hang';
    if (isLoss && (losses += 1) > lossesShrunkMax) continue;
    fold.witness = await shrinkWitness(id, witness, parts);
  }
};
