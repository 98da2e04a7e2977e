/** The name that somebody meant who wrote another one. */

/** How many letters must be changed, added, left out or swapped. */
const distance = (one: string, other: string): number => {
  let [before, last] = [[] as number[], [...other, ''].map((_, index) => index)];
  [...one].forEach((letter, row) => {
    const next = [row + 1];
    [...other].forEach((candidate, column) => {
      const same = letter === candidate ? 0 : 1;
      let best = Math.min(last[column]! + same, last[column + 1]! + 1, next[column]! + 1);
      const isSwapped = one[row - 1] === candidate && letter === other[column - 1];
      if (row > 0 && column > 0 && isSwapped) best = Math.min(best, before[column - 1]! + 1);
      next.push(best);
    });
    [before, last] = [last, next];
  });
  return last[other.length]!;
};

/** The nearest of the names, if one is near; letters of either case count alike. */
export const nearest = (word: string, names: readonly string[]): string | null => {
  const meant = word.slice(0, 60).toLowerCase();
  const ranked = names
    .map((name) => ({ name, far: distance(meant, name.toLowerCase()) }))
    .sort((one, other) => one.far - other.far);
  const [first] = ranked;
  return first && first.far <= Math.max(1, Math.floor(meant.length / 3)) ? first.name : null;
};

/** ` (Did you mean NAME?)`, or nothing. */
export const didYouMean = (word: string, names: readonly string[]): string => {
  const name = nearest(word, names);
  return name === null ? '' : ` (Did you mean ${name}?)`;
};
