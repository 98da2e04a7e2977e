/** Work on several things at once, a stated number at a time. */

/** Runs tasks side by side, results in order. */
export const sideBySide = async <I, O>(
  items: readonly I[],
  jobs: number,
  work: (item: I, index: number) => Promise<O>,
): Promise<O[]> => {
  const results: O[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const at = next;
      next += 1;
      results[at] = await work(items[at]!, at);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, items.length)) }, worker));
  return results;
};
