/** Delta debugging: the part of a set that a failure needs, found by trying parts of it. */

/** Cuts a list into `count` parts of nearly the same length. */
const parts = <T>(items: readonly T[], count: number): T[][] => {
  const cut: T[][] = [];
  for (let i = 0; i < count; i += 1) {
    const from = Math.floor((i * items.length) / count);
    cut.push(items.slice(from, Math.floor(((i + 1) * items.length) / count)));
  }
  return cut;
};

/**
 * A set of which no single member can be spared: `fails` holds of it, and of no set with one member
 * less. `fails` must hold of `items`; nothing is asked of the empty set.
 */
export const smallest = async <T>(
  items: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<T[]> => {
  let left = [...items];
  let grain = 2;
  while (left.length > 1) {
    const cut = parts(left, Math.min(grain, left.length));
    let next: T[] | null = null;
    for (const some of grain === 2 ? cut : []) {
      next ??= (await fails(some)) ? some : null;
    }
    for (const some of cut) {
      if (next) break;
      const rest = left.filter((item) => !some.includes(item));
      if (rest.length > 0 && (await fails(rest))) next = rest;
    }
    if (next) {
      left = next;
      grain = Math.max(2, Math.min(grain - 1, left.length));
    } else if (grain < left.length) grain = Math.min(2 * grain, left.length);
    else break;
  }
  return left;
};
