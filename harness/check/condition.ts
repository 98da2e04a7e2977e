/** When a rule binds a subject, and who may say that it does not. */
import type { Profile } from '../provider/profile.ts';
import type { SubjectContext } from './subject.ts';

/**
 * Who establishes that a condition is false. `data`: what the subject registered. `declared`: its
 * profile. `contract`: the contract's own words. `occasion`: the rule speaks of something that a
 * provider need not do, and no run showed it do so. `probed`: the subject was only seen to refuse,
 * which excuses nothing.
 * @example const grounds: Ground[] = ['data', 'declared'];
 */
export type Ground = 'data' | 'declared' | 'contract' | 'occasion' | 'probed';

/**
 * Why a rule has no ground here; for `probed` the sentence says what to declare or offer.
 * @example const exempt: Exempt = { by: 'declared', on: 'maxMaps', why: 'it serves one map' };
 */
export type Exempt = {
  by: Ground;
  why: string;
  /** Member of the profile that it rests on; `declared` fits only where that member is declared. */
  on?: keyof Profile;
  /** Narrows it further. */
  where?: (subject: SubjectContext) => boolean;
};

/**
 * A condition of a rule, with the reasons for which it may be false, of which the first that fits
 * is given.
 * @example const always: Condition = { holds: () => true, otherwise: [] };
 */
export type Condition = {
  holds: (subject: SubjectContext) => boolean;
  otherwise: readonly Exempt[];
};

/**
 * Conditions that must all hold; a test of both.
 * @example
 * const hasFind: Condition = {
 *   holds: ({ profile }) => profile.hasFind,
 *   otherwise: [{ by: 'data', why: 'it has no lookup callback' }],
 * };
 * const applies = when(hasFind);
 */
export const when = (...conditions: readonly Condition[]): readonly Condition[] => conditions;

const fits = ({ by, on, where }: Exempt, subject: SubjectContext): boolean =>
  (where?.(subject) ?? true) &&
  (by !== 'declared' || (on !== undefined && subject.profile.source[on] === 'declared'));

// What excuses for good goes first; an occasion that a refusal left no room for is not known to be
// missing.
const ranks: readonly Ground[] = ['data', 'contract', 'declared', 'probed', 'occasion'];

/** Why the rule is not judged on this subject as it would be elsewhere; null: it binds. */
export const exemptOf = (
  conditions: readonly Condition[] | undefined,
  subject: SubjectContext,
): Exempt | null => {
  const found = (conditions ?? [])
    .filter(({ holds }) => !holds(subject))
    .flatMap(({ otherwise }) => otherwise.find((exempt) => fits(exempt, subject)) ?? []);
  for (const rank of ranks) {
    const exempt = found.find(({ by }) => by === rank);
    if (exempt) return exempt;
  }
  return null;
};

/** Whether a rule is watched: a violation counts wherever the subject was not excused from it. */
export const isWatched = (
  conditions: readonly Condition[] | undefined,
  subject: SubjectContext,
): boolean => {
  if (conditions === undefined) return true;
  const known = answers.get(subject) ?? new Map<readonly Condition[], boolean>();
  answers.set(subject, known);
  const old = known.get(conditions);
  if (old !== undefined) return old;
  const exempt = exemptOf(conditions, subject);
  const isDue = exempt === null || exempt.by === 'occasion' || exempt.by === 'probed';
  known.set(conditions, isDue);
  return isDue;
};

// What is known of a subject does not change, and every trace of it asks the same of each rule.
const answers = new WeakMap<SubjectContext, Map<readonly Condition[], boolean>>();
