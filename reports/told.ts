/**
 * How a verdict is told in the four words of test runners, the same in every format made for them.
 */
import { isMust } from '../harness/abi/requirement.ts';
import type { Level } from '../harness/abi/requirement.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { ruleOf, waiverOf } from './violation-view.ts';
import type { AdviceView, ViolationView } from './violation-view.ts';

export type Told = 'passed' | 'failure' | 'error' | 'skipped';

/** The word for a rule's verdict. */
export const toldAs = ({ verdict, level }: Pick<RequirementRecord, 'verdict' | 'level'>): Told => {
  switch (verdict) {
    case 'fail':
      return 'failure';
    case 'crash':
    case 'hang':
    case 'harness-error':
      return 'error';
    case 'vacuous':
    case 'inconclusive':
      return isMust({ level: level as Level }) ? 'error' : 'skipped';
    case 'not-applicable':
    case 'not-selected':
    case 'waived':
      return 'skipped';
    case 'pass':
    case 'warn':
    case 'info':
      return 'passed';
  }
};

const isRed = (row: RequirementRecord): boolean => ['failure', 'error'].includes(toldAs(row));

/**
 * Whether the run ends red although no rule does: who reads cases only must find a red one all the
 * same.
 */
export const isUnexplained = (record: RunRecord): boolean =>
  record.exitCode !== 0 && !record.requirements.some(isRed);

/** The case of a rule: its chapter, and its id with what it asks. */
export const caseOf = ({ id, suite }: RequirementRecord): { suite: string; name: string } => ({
  suite: printable(suite ?? 'no chapter', 80),
  name: `${printable(id, 40)} ${printable(ruleOf(id).says, 400)}`,
});

/** Verdict, waiver, reason and message of a rule in one line. */
export const toldLine = (row: RequirementRecord): string =>
  [row.verdict, waiverOf(row), row.reason, row.message]
    .filter((part) => part !== null)
    .map((part) => printable(part))
    .join(': ');

/** A violation as plain lines. */
export const violationText = (view: ViolationView): string =>
  [
    `Rule: ${view.says}`,
    `Source: ${view.source}`,
    view.expected === null ? null : `Expected: ${view.expected}`,
    `Saw: ${view.saw}`,
    view.where === null ? null : `Where: ${view.where}`,
    // One is what stands above.
    ...(view.causes.length > 1 ? view.causes.map((cause) => `Cause: ${cause}`) : []),
    view.plan === null ? null : `Plan: ${view.plan.name}\n${view.plan.actors.join('\n')}`,
    view.trace === null ? null : `Trace:\n${view.trace}`,
    view.look === null ? null : `Look at: ${view.look}`,
    view.replay === null ? null : `Replay: ${view.replay}`,
  ]
    .filter((line) => line !== null)
    .join('\n');

/** Advice as plain lines. */
export const adviceText = ({
  dialect,
  verdict,
  saw,
  expected,
  where,
  replay,
}: AdviceView): string =>
  [
    `${verdict} under ${dialect}, which does not count`,
    expected === null ? null : `Expected: ${expected}`,
    `Saw: ${saw}`,
    where === null ? null : `Where: ${where}`,
    replay === null ? null : `Replay: ${replay}`,
  ]
    .filter((line) => line !== null)
    .join('\n');
