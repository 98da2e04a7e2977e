/**
 * Causes that one report has and the other has not. A rule that stays red for another reason
 * changes no verdict; the cause behind it says that something else broke. Pure.
 */
import { messageParts } from '../harness/check/message.ts';
import { eachForItself } from '../harness/conclude/findings.ts';
import type { FindingRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';

export type CauseChange = {
  /** What is wrong, and in which callback: as findings are told apart. */
  cause: string;
  change: 'new' | 'gone';
  /** The rules that it breaks, the one that says it most directly first. */
  rules: string[];
  /** What the call to blame did. */
  did: string;
};

const nameOf = ({ key, nature, rule }: FindingRecord): string =>
  printable(nature === 'other' ? `${key} (${rule})` : key, 200);

/** By name; a report that is older than findings has one for each broken rule. */
const causesOf = (record: RunRecord, isOld: boolean): Map<string, FindingRecord> => {
  const findings = isOld ? eachForItself(record.requirements) : record.findings!;
  return new Map(findings.map((finding) => [nameOf(finding), finding]));
};

/** Causes of two reports, told apart in the same way in both. */
export const causesIn = (
  before: RunRecord,
  after: RunRecord,
): { before: Map<string, FindingRecord>; after: Map<string, FindingRecord> } => {
  const isOld = before.findings === undefined || after.findings === undefined;
  return { before: causesOf(before, isOld), after: causesOf(after, isOld) };
};

/** What came, then what went. */
export const causeChanges = ({ before, after }: ReturnType<typeof causesIn>): CauseChange[] => [
  ...only(after, before).map((entry) => changeOf('new', ...entry)),
  ...only(before, after).map((entry) => changeOf('gone', ...entry)),
];

const only = (
  these: ReadonlyMap<string, FindingRecord>,
  others: ReadonlyMap<string, FindingRecord>,
): [string, FindingRecord][] => [...these].filter(([name]) => !others.has(name));

const changeOf = (
  change: CauseChange['change'],
  cause: string,
  { rule, alsoBreaks, did, message }: FindingRecord,
): CauseChange => ({
  cause,
  change,
  rules: [rule, ...alsoBreaks].map((id) => printable(id, 40)),
  did: printable(did ?? messageParts(message).saw, 300),
});
