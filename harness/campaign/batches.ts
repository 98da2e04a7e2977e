/** Runs in batches: while the results of one are taken here, the host runs the next. */
import type { Job, RunResult } from '../execute/execute.ts';
import type { Executor } from '../execute/executor.ts';

/** How items become jobs, and what is done with what comes back. */
export type Batches<T> = {
  executor: Executor;
  /** Runs handed to the host at once. */
  size: number;
  /** Asked when the batch of the item is handed over. */
  jobOf: (item: T) => Job;
  take: (item: T, result: RunResult) => void;
  /** After each batch: how many items of all are through. */
  taken?: (done: number) => void;
  /** Asked between batches; a reason ends the work. */
  isOver?: () => string | null;
};

/** Runs everything in order. Answers why it was ended before all was run; null: it was not. */
export const inBatches = async <T>(
  items: readonly T[],
  { executor, size, jobOf, take, taken, isOver }: Batches<T>,
): Promise<string | null> => {
  const start = (at: number): Promise<RunResult[]> | null =>
    at < items.length ? executor.run(items.slice(at, at + size).map(jobOf)) : null;
  let next = start(0);
  for (let at = 0; next; at += size) {
    const results: RunResult[] = await next;
    next = start(at + size);
    // What it comes to is awaited below; until then a refusal must not go unheard.
    next?.catch(() => undefined);
    results.forEach((result, index) => take(items[at + index]!, result));
    taken?.(at + results.length);
    const reason = next ? (isOver?.() ?? null) : null;
    if (reason === null) continue;
    await next;
    return reason;
  }
  return null;
};
