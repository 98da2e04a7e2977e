/**
 * Makes long lists small: whole chunks are left out, half as large each time, before anything finer
 * is tried.
 */

/**
 * What is left of `items` so that `fails` still holds (it must hold for all of them). Chunks go
 * from the end, where what came after the failure lies. `mayGoOn` is asked before each try.
 */
export const withoutChunks = async <T>(
  items: readonly T[],
  fails: (kept: readonly T[]) => Promise<boolean>,
  mayGoOn: () => boolean,
): Promise<readonly T[]> => {
  let kept = items;
  for (let size = kept.length >> 1; size >= 1; size >>= 1) {
    for (let end = kept.length; end > 0; end -= size) {
      if (!mayGoOn()) return kept;
      const fewer = [...kept.slice(0, Math.max(end - size, 0)), ...kept.slice(end)];
      if (await fails(fewer)) kept = fewer;
    }
  }
  return kept;
};
