/**
 * Whether what a runtime does is what the shipped reading of the contract does, rule by rule: by
 * the rule as that reading has it; where it has none of its own, the same plans are run against the
 * reference in that reading, and the sentences of both are compared. Advice, no verdict.
 */
import type { Plan } from '../trace/plan.ts';
import type { RequirementRecord } from '../conclude/record.ts';
import { openReferenceRuntime } from '../execute/reference-runtime.ts';
import { RuntimeJudging, type RuntimeLaw } from './runtime-judging.ts';
import { runAgainst } from '../execute/runtime-run.ts';
import type { RuntimePlan } from '../explore/runtime-plans.ts';

const asShipped = 'as-shipped';

/** Sentences without the numbers of maps and calls, which differ from runtime to runtime. */
const shapeOf = (saw: string): string => saw.replace(/\d+/g, '0');

/** What each rule's violations look like under the shipped reading: their plans and sentences. */
export const shippedReading = (
  law: RuntimeLaw,
  revision: 'merged' | 'draft',
  plans: readonly RuntimePlan[],
): RuntimeJudging => {
  const judging = new RuntimeJudging(law, revision);
  const conditions: Plan['conditions'] = { dialect: asShipped, revision };
  for (const plan of plans) {
    const runtime = openReferenceRuntime({ revision, dialect: asShipped });
    judging.take(plan, runAgainst(runtime, plan, conditions));
  }
  return judging;
};

/** Adds `advisory['as-shipped']` to rows of the runtime's rules. */
export const nameDialect = (
  rows: readonly RequirementRecord[],
  subject: RuntimeJudging,
  shipped: RuntimeJudging,
): void => {
  for (const row of rows) {
    if (
      row.subject !== 'runtime' ||
      row.verdict === 'not-applicable' ||
      row.verdict === 'not-selected'
    )
      continue;
    const own = subject.sentences(row.id);
    const other = shipped.sentences(row.id);
    if (own.size === 0 && other.size === 0) {
      if (row.exercised > 0) row.advisory[asShipped] = { verdict: 'pass', message: null };
      continue;
    }
    const shapes = new Set([...other].map(shapeOf));
    const strange = subject.hasReading(row.id, asShipped)
      ? subject.strange.get(row.id)
      : [...own].find((sentence) => !shapes.has(shapeOf(sentence)));
    const [shippedSays] = other;
    if (strange !== undefined) {
      const message = `it follows neither the document nor the shipped reading: ${strange}`;
      row.advisory[asShipped] = { verdict: row.verdict === 'warn' ? 'warn' : 'fail', message };
    } else if (own.size > 0) {
      const message = 'what it does instead of the document is what the shipped reading does';
      row.advisory[asShipped] = { verdict: 'pass', message };
    } else {
      const message = `it follows the document; the shipped reading differs: ${shippedSays}`;
      row.advisory[asShipped] = { verdict: 'info', message };
    }
  }
};
