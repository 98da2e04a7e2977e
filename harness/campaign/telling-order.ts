/** Plans in the order of what they tell: each next one does most that none before it did. */
import type { DueRun } from './plans.ts';

/** What a plan does: its operations with their particulars, and the switches that it asks for. */
const featuresOf = ({ plan }: DueRun, asked: ReadonlySet<string>): Set<string> => {
  const features = new Set(asked);
  for (const { operations, caller } of plan.actors) {
    for (const [at, operation] of operations.entries()) {
      const how = [
        'caller' in operation ? operation.caller : caller,
        'option' in operation ? String(operation.option) : '',
        'delete' in operation,
      ].join();
      features.add(`${operation.op} ${how}`);
      const next = operations[at + 1];
      if (next) features.add(`${operation.op} then ${next.op}`);
    }
  }
  return features;
};

/**
 * All plans, those first that cover most. Once everything is covered, it is covered again by the
 * plans that are left.
 */
export const tellingOrder = (
  runs: readonly DueRun[],
  asked: ReadonlyMap<DueRun, ReadonlySet<string>>,
): DueRun[] => {
  const left = new Map(runs.map((run) => [run, featuresOf(run, asked.get(run) ?? new Set())]));
  const ordered: DueRun[] = [];
  let covered = new Set<string>();
  while (left.size > 0) {
    let best: DueRun | null = null;
    let most = 0;
    for (const [run, features] of left) {
      let news = 0;
      for (const one of features) if (!covered.has(one)) news += 1;
      if (news > most) [best, most] = [run, news];
    }
    if (best === null) {
      if (covered.size === 0) return [...ordered, ...left.keys()];
      covered = new Set();
      continue;
    }
    for (const one of left.get(best)!) covered.add(one);
    ordered.push(best);
    left.delete(best);
  }
  return ordered;
};
