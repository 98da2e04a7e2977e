/**
 * JUnit XML, one test case per rule: the only importer of junit-report-builder. No times, no host,
 * no clock: equal records give equal bytes.
 */
import builder from 'junit-report-builder';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import { causesByRule } from './finding-told.ts';
import { adviceText, caseOf, isUnexplained, toldAs, toldLine, violationText } from './told.ts';
import { groundsOf, outcomeSentence, RESTS_ON, subjectLine } from './view.ts';
import { adviceOf, violationsOf } from './violation-view.ts';
import type { Guide, ViolationView } from './violation-view.ts';
import { attribute } from './xml.ts';

type Suite = ReturnType<ReturnType<typeof builder.newBuilder>['testSuite']>;
type Case = ReturnType<Suite['testCase']>;

/** The JUnit report, ending in a line feed. */
export const renderJunit = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const root = builder
    .newBuilder()
    .name(`custom-map-conformance: ${printable(record.subject.name, 200)}`);
  const advice = adviceOf(record);
  const violations = new Map(violationsOf(record, guide, 100).map((view) => [view.id, view]));
  const causes = causesByRule(record, guide);
  const skipMessages: string[] = [];
  let isFirst = true;
  for (const [name, rows] of bySuite(record)) {
    const suite = root.testSuite().name(name);
    if (isFirst) addGrounds(suite, record);
    isFirst = false;
    for (const row of rows) {
      const message = toldLine(row);
      const own = advice.filter(({ id }) => id === printable(row.id, 40)).map(adviceText);
      const cause = causes.get(row.id) ?? null;
      addCase(suite.testCase(), row, { message, cause }, violations.get(row.id), own);
      if (toldAs(row) === 'skipped') skipMessages.push(message);
    }
  }
  if (isUnexplained(record)) addOutcome(root.testSuite().name('outcome'), record);
  return `${withSkipMessages(root.build(), skipMessages).trimEnd()}\n`;
};

/**
 * Properties of the first suite, as there are none of the whole: a reader of JUnit sees them before
 * any case.
 */
const addGrounds = (suite: Suite, record: RunRecord): void => {
  for (const { by, what, excuses } of groundsOf(record)) {
    const rules = excuses.length === 0 ? '' : ` (excuses ${excuses.join(' ')})`;
    suite.property(`${RESTS_ON}: ${by}`, `${what}${rules}`);
  }
  for (const { label, says } of coveredOf(record)) {
    suite.property(`${COVERED_TITLE}: ${label}`, says);
  }
};

const bySuite = (record: RunRecord): Map<string, RequirementRecord[]> => {
  const suites = new Map<string, RequirementRecord[]>();
  for (const row of record.requirements) {
    const name = printable(row.suite ?? 'no chapter', 80);
    const rows = suites.get(name) ?? [];
    rows.push(row);
    suites.set(name, rows);
  }
  return suites;
};

const addCase = (
  testCase: Case,
  row: RequirementRecord,
  { message, cause }: { message: string; cause: string | null },
  violation: ViolationView | undefined,
  advice: readonly string[],
): void => {
  testCase
    .name(caseOf(row).name)
    .className(`${caseOf(row).suite}.${printable(row.id, 40)}`)
    .property('verdict', row.verdict)
    .property('level', printable(row.level, 40))
    .property('message', message);
  if (row.setting !== undefined) testCase.property('setting', row.setting);
  const told = violation === undefined ? message : violationText(violation);
  const body = safeInCdata(cause === null ? told : `${cause}\n\n${told}`);
  const said = [
    ...(toldAs(row) === 'skipped' ? [message] : []),
    ...(toldAs(row) === 'passed' && row.verdict !== 'pass' ? [body] : []),
    ...advice,
  ];
  if (said.length > 0) testCase.standardOutput(safeInCdata(said.join('\n')));
  switch (toldAs(row)) {
    case 'failure':
      testCase.failure(message, row.verdict).stacktrace(body);
      return;
    case 'error':
      testCase.error(message, row.verdict, body);
      return;
    case 'skipped':
      testCase.skipped();
      return;
    case 'passed':
  }
};

// The builder divides only the first end of a CDATA section that it finds in a text.
const safeInCdata = (text: string): string => text.replaceAll(']]>', ']]\\u{3e}');

const addOutcome = (suite: Suite, record: RunRecord): void => {
  const sentence = `exit code ${record.exitCode}: ${outcomeSentence(record)}`;
  const body = [subjectLine(record), sentence, ...record.notes.map((note) => printable(note))];
  suite
    .testCase()
    .name(`outcome ${record.outcome}`)
    .className('outcome')
    .error(sentence, record.outcome, safeInCdata(body.join('\n')));
};

/**
 * The builder writes `<skipped/>` without its message, so it is put in here, in order. Text of a
 * subject can hold the same characters only inside CDATA, which is stepped over.
 */
const withSkipMessages = (xml: string, messages: readonly string[]): string => {
  let next = 0;
  return xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>|<skipped\/>/g, (found) =>
    found === '<skipped/>' ? `<skipped message="${attribute(messages[next++] ?? '')}"/>` : found,
  );
};
