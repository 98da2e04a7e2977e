/**
 * SARIF 2.1.0, for code scanning: the rules of the report as rules, what was broken as results. A
 * waived violation is a suppressed result; a MUST that was not put to the test is an open one.
 */
import { isRequirementId } from '../harness/abi/catalogue.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import { causesByRule } from './finding-told.ts';
import { stableJson } from './json.ts';
import { linksOf } from './source-links.ts';
import { adviceText, isUnexplained, toldAs, toldLine, violationText } from './told.ts';
import { groundsOf, outcomeSentence, RESTS_ON, subjectLine } from './view.ts';
import { adviceOf, placeInFile, ruleOf, violationsOf, waiverOf } from './violation-view.ts';
import type { AdviceView, Guide, ViolationView } from './violation-view.ts';

const schema = 'https://json.schemastore.org/sarif-2.1.0.json';
const home = 'https://github.com/custom-map-conformance/custom-map-conformance';

/** The SARIF log, ending in a line feed. */
export const renderSarif = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const views = new Map(violationsOf(record, guide, 100).map((view) => [view.id, view]));
  const causes = causesByRule(record, guide);
  return stableJson({
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: printable(record.tool.name, 100),
            version: printable(record.tool.version, 100),
            informationUri: home,
            rules: rulesOf(record).map((id) => rule(id, guide)),
          },
        },
        automationDetails: {
          id: `mapcert/${encodeURIComponent(printable(record.subject.name, 200))}/`,
        },
        invocations: [invocation(record)],
        columnKind: 'utf16CodeUnits',
        results: [
          ...record.requirements.flatMap((row) =>
            result(row, views.get(row.id), record, causes.get(row.id)),
          ),
          ...adviceOf(record).map((view) => advice(view, record)),
          ...outcome(record),
        ],
        properties: {
          outcome: record.outcome,
          subject: subjectLine(record),
          [COVERED_TITLE]: coveredOf(record).map(({ label, says }) => `${label}: ${says}`),
          [RESTS_ON]: groundsOf(record).map(({ by, what }) => `${by}: ${what}`),
        },
      },
    ],
  });
};

const rulesOf = ({ requirements }: RunRecord): string[] =>
  requirements.map(({ id }) => id).filter(isRequirementId);

const rule = (id: string, guide: Guide): object => {
  const { says, source } = ruleOf(id);
  const link = linksOf(source).find(({ href }) => href !== null);
  return {
    id,
    shortDescription: { text: says },
    help: { text: [`Source: ${source}`, guide(id)?.look ?? ''].filter(Boolean).join('\n') },
    ...(link?.href ? { helpUri: link.href } : {}),
  };
};

const invocation = (record: RunRecord): object => ({
  executionSuccessful: record.exitCode < 4,
  exitCode: record.exitCode,
  exitCodeDescription: `${record.outcome}: ${outcomeSentence(record)}`,
  toolExecutionNotifications: [
    ...(record.error === undefined
      ? []
      : [{ level: 'error', message: { text: printable(record.error) } }]),
    ...record.notes.map((note) => ({ level: 'note', message: { text: printable(note) } })),
  ],
});

/** A file for those who show results by file; a provider has none but its name. */
const location = (text: string, callback: string | null, { subject }: RunRecord): object => {
  const at = placeInFile(text);
  const name = printable(subject.name, 200);
  const uri = at?.file ?? name;
  return {
    physicalLocation: {
      artifactLocation: { uri: uri.split('/').map(encodeURIComponent).join('/') },
      region: { startLine: at?.line ?? 1, ...(at ? { startColumn: at.column } : {}) },
    },
    logicalLocations: [
      {
        fullyQualifiedName: callback === null ? name : `${name}/${printable(callback, 100)}`,
        kind: callback === null ? 'module' : 'function',
      },
    ],
  };
};

const result = (
  row: RequirementRecord,
  view: ViolationView | undefined,
  record: RunRecord,
  cause: string | undefined,
): object[] => {
  const isWaived = row.verdict === 'waived';
  const isOpen = view === undefined && toldAs(row) === 'error';
  if (view === undefined && !isWaived && !isOpen) return [];
  const told = view === undefined ? toldLine(row) : violationText(view);
  const text = cause === undefined ? told : `${cause}\n${told}`;
  const { causes = [] } = row;
  return [
    {
      ruleId: printable(row.id, 40),
      ...(isRequirementId(row.id) ? { ruleIndex: rulesOf(record).indexOf(row.id) } : {}),
      kind: isOpen ? 'open' : 'fail',
      level: isOpen ? 'none' : row.verdict === 'warn' ? 'warning' : 'error',
      message: { text },
      locations: [location(view?.saw ?? row.message ?? '', row.at?.callback ?? null, record)],
      ...(causes.length === 0
        ? {}
        : {
            partialFingerprints: {
              'causes/v1': causes.map(({ key }) => printable(key, 40)).join(' '),
            },
          }),
      ...(isWaived
        ? { suppressions: [{ kind: 'external', justification: waiverOf(row) ?? '' }] }
        : {}),
      properties: { verdict: row.verdict, level: printable(row.level, 40) },
    },
  ];
};

/** What does not count: for review, below every level. */
const advice = (view: AdviceView, record: RunRecord): object => ({
  ruleId: view.id,
  kind: 'review',
  level: 'none',
  message: { text: adviceText(view) },
  locations: [location('', null, record)],
  properties: { verdict: view.verdict, level: view.level, reading: view.dialect },
});

/** What ends red although no rule does. */
const outcome = (record: RunRecord): object[] => {
  if (!isUnexplained(record)) return [];
  const text = `${record.outcome}, exit code ${record.exitCode}: ${outcomeSentence(record)}`;
  return [
    { kind: 'fail', level: 'error', message: { text }, locations: [location('', null, record)] },
  ];
};
