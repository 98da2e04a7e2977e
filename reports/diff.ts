/** What changed from one report to another, rule by rule, and whether something got worse. Pure. */
import type { Verdict } from '../harness/check/verdict.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';

export type Change = {
  id: string;
  /** null: the report does not have the rule. */
  before: Verdict | null;
  after: Verdict | null;
  worse: boolean;
  message: string | null;
};

export type Difference = {
  changes: Change[];
  worse: number;
  outcome: { before: string; after: string };
  /** Circumstances that differ: a reader must know them before blaming the subject. */
  circumstances: string[];
};

/** How bad a verdict is for a gate; exhaustive on purpose. */
const badness = (verdict: Verdict): number => {
  switch (verdict) {
    case 'pass':
    case 'info':
    case 'not-applicable':
      return 0;
    case 'warn':
    case 'waived':
      return 1;
    case 'vacuous':
    case 'inconclusive':
    case 'not-selected':
      return 2;
    case 'fail':
      return 3;
    case 'crash':
    case 'hang':
    case 'harness-error':
      return 4;
  }
};

/** Compares two reports. A rule that is gone is worse; a new one only if it is not green. */
export const differenceOf = (before: RunRecord, after: RunRecord): Difference => {
  const earlier = new Map(before.requirements.map((row) => [row.id, row]));
  const later = new Map(after.requirements.map((row) => [row.id, row]));
  const ids = [...new Set([...earlier.keys(), ...later.keys()])];
  const changes = ids.flatMap((id) => change(id, earlier.get(id), later.get(id)));
  return {
    changes,
    worse: changes.filter(({ worse }) => worse).length,
    outcome: { before: before.outcome, after: after.outcome },
    circumstances: circumstancesOf(before, after),
  };
};

const change = (
  id: string,
  before: RequirementRecord | undefined,
  after: RequirementRecord | undefined,
): Change[] => {
  if (before?.verdict === after?.verdict) return [];
  const was = before === undefined ? 0 : badness(before.verdict);
  return [
    {
      id: printable(id, 40),
      before: before?.verdict ?? null,
      after: after?.verdict ?? null,
      worse: after === undefined || badness(after.verdict) > was,
      message: after === undefined ? null : (after.message ?? after.reason),
    },
  ];
};

const groundLine = ({ by, what, excuses }: NonNullable<RunRecord['restsOn']>[number]): string =>
  `${by} ${what}${excuses.length === 0 ? '' : ` (excuses ${excuses.join(' ')})`}`;

const COMPARED: readonly (readonly [string, (record: RunRecord) => string])[] = [
  ['tool', ({ tool }) => tool.version],
  ['revision', ({ suite }) => suite.revision],
  ['rules', ({ suite }) => suite.requirementsSha256.slice(0, 12)],
  ['subject', ({ subject }) => `${subject.name} (${subject.sha256.slice(0, 12)})`],
  ['seed', ({ seed }) => String(seed)],
  ['rests on', ({ restsOn = [] }) => restsOn.map(groundLine).join('; ')],
  ['selection', ({ selection }) => JSON.stringify(selection)],
];

const circumstancesOf = (before: RunRecord, after: RunRecord): string[] =>
  COMPARED.flatMap(([name, of]) =>
    of(before) === of(after)
      ? []
      : [`${name}: ${printable(of(before), 200)} → ${printable(of(after), 200)}`],
  );

/** The comparison for a person, ending in a line feed. */
export const renderDifference = (difference: Difference): string => {
  const { changes, worse, outcome, circumstances } = difference;
  const lines = changes.map(({ id, before, after, worse: isWorse, message }) => {
    const said = message === null ? '' : `  ${printable(message, 300)}`;
    return `${isWorse ? '✗' : '✓'} ${id}  ${before ?? 'absent'} → ${after ?? 'absent'}${said}`;
  });
  return `${[
    ...circumstances.map((line) => `! ${line}`),
    ...lines,
    `${changes.length} changed, ${worse} worse; outcome ${outcome.before} → ${outcome.after}`,
  ].join('\n')}\n`;
};
