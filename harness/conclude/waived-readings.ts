/**
 * Whether causes that waivers mean break their rule under the reading that the waiver names as
 * well. Judged over the plans that showed them: of each cause the smallest, and whatever ran under
 * that reading anyway.
 */
import type { Waiver } from '../provider/profile.ts';
import type { DialectName } from '../trace/plan.ts';
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
