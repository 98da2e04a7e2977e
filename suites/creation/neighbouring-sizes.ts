/** Sizes next to those that are known to work. */
import type { Profile } from '../../harness/index.ts';

export type Sizes = { key: number; value: number };

/**
 * Pairs that differ in one size only: what one takes and the other never does is a matter of that
 * size. Key sizes count where keys are declared: a provider may have a key range of its own
 * (CRE-021).
 */
export const isNeighbour = (profile: Profile, one: Sizes, other: Sizes): boolean =>
  one.key === other.key
    ? one.value !== other.value
    : one.value === other.value && profile.source['keys'] === 'declared';

/**
 * Values to fill a map of these sizes with. Generated ones are bytes of all kinds; a number that is
 * small whatever its width, and zeroes, come on top, so that no demand on single bytes refuses all.
 */
export const fillings = ({ values }: Profile, { value }: Sizes): (number | string)[] =>
  values === 'generated' ? [0, 1, '01'.padEnd(2 * value, '0'), '00'.repeat(value)] : [0, 1, 2, 3];

const valueSizesMax = 6;
const keySizesMax = 2;

/**
 * Accepted sizes to fill maps with, the preferred ones first: as many value sizes as possible, each
 * beside a pair with the same key size, and a few key sizes. Null when there is nothing to compare.
 */
export const neighbouringSizes = (profile: Profile): Sizes[] | null => {
  const { accepted, hasUpdate, values } = profile;
  const [first] = accepted;
  if (!first || !hasUpdate || values === 'none') return null;
  const sameKey = (pair: Sizes): boolean => pair.key === first.key;
  const sameValue = (pair: Sizes): boolean => pair.value === first.value;
  const otherValues = [...accepted.filter(sameKey), ...accepted]
    .filter((pair) => !sameValue(pair))
    .filter((pair, at, all) => all.findIndex((one) => one.value === pair.value) === at)
    .slice(0, valueSizesMax);
  const keys = new Set(otherValues.map((pair) => pair.key));
  const otherKeys = accepted
    .filter((pair) => sameValue(pair) && !sameKey(pair))
    .sort((one, other) => Number(keys.has(other.key)) - Number(keys.has(one.key)))
    .slice(0, keySizesMax);
  const sizes = [first, ...otherKeys, ...otherValues];
  const isCompared = sizes.some((one) => sizes.some((other) => isNeighbour(profile, one, other)));
  return isCompared ? sizes : null;
};
