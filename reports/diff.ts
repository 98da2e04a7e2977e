/** What changed from one report to another, cause by cause and rule by rule, and what got worse. */
import type { Verdict } from '../harness/check/verdict.ts';
import type { FindingRecord, RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { causeChanges, causesIn, type CauseChange } from './diff-causes.ts';

export type Change = {
  id: string;
  /** null: the report does not have the rule. */
  before: Verdict | null;
  after: Verdict | null;
  worse: boolean;
  message: string | null;
  /** What broke it (after), or had broken it (before); null: nothing is to blame. */
  cause: string | null;
};

export type Difference = {
  changes: Change[];
  causes: CauseChange[];
  /** Rules that got worse, and new causes behind rules that had been red before. */
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
  const known = causesIn(before, after);
  const causes = causeChanges(known);
  const changes = ids.flatMap((id) =>
    change(
      id,
      earlier.get(id),
      later.get(id),
      causeOf(id, known.after) ?? causeOf(id, known.before),
    ),
  );
  const worse = new Set(changes.filter((one) => one.worse).map(({ id }) => id));
  const hidden = causes.filter(
    ({ change, rules }) => change === 'new' && !rules.some((id) => worse.has(id)),
  );
  return {
    changes,
    causes,
    worse: worse.size + hidden.length,
    outcome: { before: before.outcome, after: after.outcome },
    circumstances: circumstancesOf(before, after),
  };
};

const change = (
  id: string,
  before: RequirementRecord | undefined,
  after: RequirementRecord | undefined,
  cause: string | null,
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
      cause,
    },
  ];
};

/** The cause that a rule belongs to. */
const causeOf = (id: string, causes: ReadonlyMap<string, FindingRecord>): string | null => {
  for (const [name, { rule, alsoBreaks }] of causes)
    if (rule === id || alsoBreaks.includes(id)) return name;
  return null;
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

/** The comparison for a person, ending in a line feed: each cause with its rules, then the rest. */
export const renderDifference = (difference: Difference): string => {
  const { changes, causes, worse, outcome, circumstances } = difference;
  const told = causes.map(({ cause }) => cause);
  const rest = changes.filter(({ cause }) => cause === null || !told.includes(cause));
  const counted = `${changes.length} changed, ${worse} worse`;
  return `${[
    ...circumstances.map((line) => `! ${line}`),
    ...causes.flatMap((one) => causeLines(one, changes)),
    ...rest.map((one) => changeLine(one)),
    `${counted}; outcome ${outcome.before} → ${outcome.after}`,
  ].join('\n')}\n`;
};

const causeLines = (
  { cause, change, rules, did }: CauseChange,
  changes: readonly Change[],
): string[] => {
  const changed = changes.filter((one) => one.cause === cause);
  const stay = rules.filter((id) => !changed.some((one) => one.id === id));
  return [
    `${change === 'new' ? '✗ new' : '✓ gone'}: ${cause}`,
    `    ${did}`,
    ...changed.map((one) => `    ${changeLine({ ...one, message: null })}`),
    ...(stay.length === 0 ? [] : [`    of the same verdict as before: ${stay.join(' ')}`]),
  ];
};

const changeLine = ({ id, before, after, worse, message }: Change): string => {
  const said = message === null ? '' : `  ${printable(message, 300)}`;
  return `${worse ? '✗' : '✓'} ${id}  ${before ?? 'absent'} → ${after ?? 'absent'}${said}`;
};
