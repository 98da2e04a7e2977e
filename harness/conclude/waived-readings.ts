/**
 * Whether causes that waivers mean break their rule under the reading that the waiver names as
 * well. Judged over the plans that showed them: of each cause the smallest, and whatever ran under
 * that reading anyway.
 */
import { judge, type HomeRules } from '../check/judge.ts';
import { type Requirement } from '../check/requirement.ts';
import { subjectOf, type SubjectContext } from '../check/subject.ts';
import type { Waiver } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
import type { Executor } from '../execute/executor.ts';
import type { Fold, Witness } from './fold.ts';
import type { IsBrokenUnder } from './waive.ts';

/** The same run once more: whether it breaks the rule, or proves nothing. */
export type BreaksAgain = (id: string, reading: DialectName, witness: Witness) => Promise<boolean>;

const entryOf = (id: string, reading: string, key: string): string => `${id} ${reading} ${key}`;

/** Looks at every cause of rules with a waiver that names a reading. */
export const brokenUnder = async (
  waivers: readonly Waiver[],
  folds: ReadonlyMap<DialectName, Fold>,
  breaksAgain: BreaksAgain,
): Promise<IsBrokenUnder> => {
  const broken = new Set<string>();
  for (const { id, reading } of waivers) {
    if (reading === undefined) continue;
    const seenThere = folds.get(reading)?.of(id).causes;
    for (const [key, { witness }] of folds.get('as-documented')?.of(id).causes ?? []) {
      const entry = entryOf(id, reading, key);
      if (broken.has(entry)) continue;
      if (seenThere?.has(key) || (await breaksAgain(id, reading, witness))) broken.add(entry);
    }
  }
  return (id, reading, key) => broken.has(entryOf(id, reading, key));
};

/** Runs the plan of a violation again under a reading. */
export const againUnder =
  (parts: {
    executor: Executor;
    requirements: readonly Requirement[];
    subject: SubjectContext;
    homeRules: HomeRules;
  }): BreaksAgain =>
  async (id, reading, { plan, choices }) => {
    // Threads leave no plan to repeat.
    if (plan.actors.length === 0) return true;
    const { executor, requirements, homeRules } = parts;
    const { revision } = parts.subject;
    const subject = subjectOf(parts.subject, plan);
    const conditions = { ...plan.conditions, dialect: reading };
    const [result] = await executor.run([
      {
        plan: { ...plan, conditions },
        choices,
        conditions: { revision },
        profile: subject.profile,
      },
    ]);
    if (!result || result.diverged || result.unsettled !== undefined) return true;
    if (result.trace.some(({ kind }) => kind === 'lost')) return true;
    const rules = requirements.filter((one) => one.id === id);
    return judge(rules, result.trace, subject, homeRules).some(
      ({ violations }) => violations.length > 0,
    );
  };
