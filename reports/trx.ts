/**
 * TRX, the results file of Visual Studio and vstest: one unit test a rule. Its ids are digests and
 * it has no times, so equal records give equal bytes. What JUnit calls an error is Failed here, for
 * readers that know no other word; the message begins with the verdict.
 */
import { createHash } from 'node:crypto';
import type { RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { causesByRule } from './finding-told.ts';
import { adviceText, caseOf, isUnexplained, toldAs, toldLine, violationText } from './told.ts';
import type { Told } from './told.ts';
import { groundsOf, outcomeSentence, RESTS_ON, subjectLine, totalsLine, workLine } from './view.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import { adviceOf, violationsOf } from './violation-view.ts';
import type { Guide } from './violation-view.ts';
import { attribute, content } from './xml.ts';

type Outcome = 'Passed' | 'Failed' | 'NotExecuted';
type Case = {
  className: string;
  name: string;
  outcome: Outcome;
  message: string;
  /** Said of what failed. */
  body: string;
};

const outcomeOf = (told: Told): Outcome => {
  switch (told) {
    case 'passed':
      return 'Passed';
    case 'failure':
    case 'error':
      return 'Failed';
    case 'skipped':
      return 'NotExecuted';
  }
};

const casesOf = (record: RunRecord, guide: Guide): Case[] => {
  const violations = new Map(violationsOf(record, guide, 100).map((view) => [view.id, view]));
  const advice = adviceOf(record);
  const causes = causesByRule(record, guide);
  const cases = record.requirements.map((row): Case => {
    const { suite, name } = caseOf(row);
    const view = violations.get(row.id);
    const own = advice.filter(({ id }) => id === printable(row.id, 40)).map(adviceText);
    const cause = causes.get(row.id);
    const body = [
      ...(cause === undefined ? [] : [cause]),
      ...(view === undefined ? [] : [violationText(view)]),
      ...own,
    ].join('\n');
    return {
      className: suite,
      name,
      outcome: outcomeOf(toldAs(row)),
      message: toldLine(row),
      body,
    };
  });
  if (!isUnexplained(record)) return cases;
  const message = `exit code ${record.exitCode}: ${outcomeSentence(record)}`;
  const body = record.notes.map((note) => printable(note)).join('\n');
  return [
    ...cases,
    { className: 'outcome', name: `outcome ${record.outcome}`, outcome: 'Failed', message, body },
  ];
};

/** A GUID that the same words always have. */
const guidOf = (...words: string[]): string => {
  const hex = createHash('sha256').update(JSON.stringify(words)).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
};

// As Visual Studio writes them: a unit test, and the list of all results.
const unitTest = '13cdc9d9-ddb5-4fa4-a97d-d965ccfc6d4b';
const allResults = '19431567-8539-422a-85d7-44ee4e166bda';

/** The TRX report, ending in a line feed. */
export const renderTrx = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const cases = casesOf(record, guide);
  const { sha256, name } = record.subject;
  const idOf = ({ className, name: own }: Case, what: string): string =>
    guidOf(what, sha256, className, own);
  const count = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length;
  const [passed, failed, aside] = [count('Passed'), count('Failed'), count('NotExecuted')];
  return `<?xml version="1.0" encoding="utf-8"?>
<TestRun id="${guidOf('run', sha256, name)}" name="${attribute(`custom-map-conformance: ${printable(name, 200)}`)}"
 xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">
<ResultSummary outcome="${record.exitCode === 0 ? 'Completed' : 'Failed'}">
<Counters total="${cases.length}" executed="${passed + failed}" passed="${passed}" failed="${failed}" notExecuted="${aside}"/>
<Output>
<StdOut>${content(summaryOf(record))}</StdOut>
</Output>
</ResultSummary>
<Results>
${cases.map((one) => result(one, idOf(one, 'test'), idOf(one, 'execution'))).join('\n')}
</Results>
<TestDefinitions>
${cases.map((one) => definition(one, idOf(one, 'test'), idOf(one, 'execution'))).join('\n')}
</TestDefinitions>
<TestEntries>
${cases
  .map(
    (one) =>
      `<TestEntry testId="${idOf(one, 'test')}" executionId="${idOf(one, 'execution')}" testListId="${allResults}"/>`,
  )
  .join('\n')}
</TestEntries>
<TestLists>
<TestList name="All Loaded Results" id="${allResults}"/>
</TestLists>
</TestRun>
`;
};

const result = ({ name, outcome, message, body }: Case, test: string, execution: string): string =>
  `<UnitTestResult executionId="${execution}" testId="${test}" testName="${attribute(name)}" computerName="-"\
 testType="${unitTest}" outcome="${outcome}" testListId="${allResults}">
<Output>
${
  outcome === 'Failed'
    ? `<ErrorInfo>\n<Message>${content(message)}</Message>\n<StackTrace>${content(body)}</StackTrace>\n</ErrorInfo>`
    : `<StdOut>${content([message, body].filter((text) => text !== '').join('\n'))}</StdOut>`
}
</Output>
</UnitTestResult>`;

const definition = ({ className, name }: Case, test: string, execution: string): string =>
  `<UnitTest name="${attribute(name)}" storage="mapcert" id="${test}">
<Execution id="${execution}"/>
<TestMethod codeBase="mapcert" adapterTypeName="executor://mapcert" className="${attribute(className)}" name="${attribute(name)}"/>
</UnitTest>`;

const summaryOf = (record: RunRecord): string =>
  [
    RESTS_ON,
    ...groundsOf(record).map(({ by, what, excuses }) =>
      excuses.length === 0 ? `${by}: ${what}` : `${by}: ${what} (excuses ${excuses.join(' ')})`,
    ),
    ...coveredOf(record).map(({ label, says }) => `${COVERED_TITLE}: ${label} ${says}`),
    subjectLine(record),
    totalsLine(record),
    workLine(record),
    ...record.notes.map((note) => printable(note)),
    `${record.outcome}, exit code ${record.exitCode}: ${outcomeSentence(record)}`,
  ].join('\n');
