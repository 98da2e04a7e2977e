/**
 * From verdicts to one word and one exit code. The engine and `merge` both end here, so that the
 * shards of a run and the whole run cannot disagree. Order of the codes: 7, 6, 1, 3, 2, 0; the
 * codes 4 and 5 end a run before there is a record.
 */
import { isMust } from '../abi/requirement.ts';
import type { Level } from '../abi/requirement.ts';
import { VERDICTS } from '../check/verdict.ts';
import type { Outcome, Verdict } from '../check/verdict.ts';
import type { RequirementRecord, RunRecord } from './record.ts';

/** What `concludeOutcome` reads of a row. */
export type JudgedRow = Pick<
  RequirementRecord,
  'level' | 'verdict' | 'exercised' | 'runs' | 'waiver' | 'selfCheck'
>;

export type Conclusion = { outcome: Outcome; exitCode: number; totals: Record<Verdict, number> };

const isMustRow = (row: JudgedRow): boolean => isMust({ level: row.level as Level });

/**
 * A `fail` is a broken MUST, be it one by the condition of a SHOULD; a loss takes the level of its
 * rule.
 */
const isBreach = (row: JudgedRow): boolean =>
  row.verdict === 'fail' || (isMustRow(row) && isLoss(row.verdict));

const isLoss = (verdict: Verdict): boolean =>
  verdict === 'fail' || verdict === 'crash' || verdict === 'hang';

// A rule that nobody judged though nothing was left out on purpose is a gap as well.
const isGap = (verdict: Verdict, selection: RunRecord['selection']): boolean =>
  verdict === 'vacuous' ||
  verdict === 'inconclusive' ||
  (verdict === 'not-selected' && !isPartial(selection));

// A waiver that did not waive is stale, expired or does not match what was seen.
const isWaiverTrouble = (row: JudgedRow): boolean =>
  row.waiver !== null && (row.verdict !== 'waived' || row.waiver.trouble !== undefined);

const isHarnessError = (row: JudgedRow): boolean =>
  row.verdict === 'harness-error' || row.selfCheck?.ok === false;

// The self check of the reference runtime is no evidence about the subject and does not count.
const isExecuted = (row: JudgedRow): boolean =>
  row.verdict !== 'not-selected' &&
  row.verdict !== 'not-applicable' &&
  (row.exercised > 0 || row.runs > 0 || isLoss(row.verdict));

/** How many rules got each verdict; every verdict has a number. */
export const totalsOf = (rows: readonly { verdict: Verdict }[]): Record<Verdict, number> => {
  const totals = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<
    Verdict,
    number
  >;
  for (const row of rows) totals[row.verdict] += 1;
  return totals;
};

/** Whether the rules were narrowed; such a run is never CONFORMANT. */
export const isPartial = (selection: RunRecord['selection']): boolean =>
  Object.values(selection).some((part) => part !== null);

/** Outcome, exit code and totals of a run. */
export const concludeOutcome = (
  rows: readonly JudgedRow[],
  selection: RunRecord['selection'],
): Conclusion => ({
  outcome: outcomeOf(rows, selection),
  exitCode: exitCodeOf(rows, selection),
  totals: totalsOf(rows),
});

const exitCodeOf = (rows: readonly JudgedRow[], selection: RunRecord['selection']): number => {
  if (rows.some(isHarnessError)) return 7;
  if (!rows.some(isExecuted)) return 6;
  if (rows.some(isBreach)) return 1;
  if (rows.some(isWaiverTrouble)) return 3;
  if (rows.some((row) => isMustRow(row) && isGap(row.verdict, selection))) return 2;
  // A selection in which no rule was put to the test proves nothing, whatever its levels.
  return rows.some((row) => row.exercised > 0 && row.verdict !== 'not-applicable') ? 0 : 2;
};

// A selection is PARTIAL whatever it found; what it found is the exit code's to say.
const outcomeOf = (rows: readonly JudgedRow[], selection: RunRecord['selection']): Outcome => {
  if (rows.some(isHarnessError)) return 'INVALID';
  if (isPartial(selection)) return 'PARTIAL';
  if (rows.some(isBreach)) return 'NON-CONFORMANT';
  if (!rows.some(isExecuted)) return 'INCOMPLETE';
  if (rows.some((row) => isMustRow(row) && isGap(row.verdict, selection))) return 'INCOMPLETE';
  return rows.some((row) => row.verdict === 'waived') ? 'CONFORMANT-WITH-WAIVERS' : 'CONFORMANT';
};
