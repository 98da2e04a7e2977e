/**
 * What every report for people shows besides violations, taken out of the record once: chapters
 * with their counts, what the verdict rests on, and what was not tested and why. Nothing is escaped
 * for a format here; undrawable characters are already spelled out.
 */
import type { Verdict } from '../harness/check/verdict.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable, printableLines } from '../harness/trace/printable.ts';
import { waiverOf } from './violation-view.ts';

/** Waived rules, and waivers that are themselves at fault. */
export const waiversOf = (record: RunRecord): { id: string; verdict: Verdict; waiver: string }[] =>
  record.requirements.flatMap((row) => {
    const waiver = waiverOf(row);
    return waiver === null ? [] : [{ id: printable(row.id, 40), verdict: row.verdict, waiver }];
  });

/** Title of the section with which every report opens. */
export const RESTS_ON = 'This verdict rests on';

/** One line of it: things of one kind that excuse nothing stand together. */
export type GroundView = { by: string; what: string; excuses: string[] };

/**
 * What the verdict rests on, in the order of the record. Never empty: nothing is said to be
 * nothing.
 */
export const groundsOf = ({ restsOn = [] }: RunRecord): GroundView[] => {
  const views: GroundView[] = [];
  for (const { what, by, excuses } of restsOn) {
    const last = views.at(-1);
    const said = printable(what, 400);
    if (last?.by === by && last.excuses.length === 0 && excuses.length === 0) {
      last.what += `; ${said}`;
    } else {
      views.push({ by, what: said, excuses: excuses.map((id) => printable(id, 40)) });
    }
  }
  if (views.length > 0) return views;
  return [{ by: 'data', what: 'what was run, and nothing else', excuses: [] }];
};

/** The same in one line, for the head of a report: how much is declared, probed, assumed … */
export const groundsLine = ({ restsOn = [] }: RunRecord): string => {
  const kinds = [...new Set(restsOn.map(({ by }) => by))];
  const told = kinds.map((kind) => `${restsOn.filter(({ by }) => by === kind).length} ${kind}`);
  const excused = new Set(restsOn.flatMap(({ excuses }) => excuses)).size;
  return told.length === 0
    ? 'what was run, and nothing else'
    : `grounds: ${told.join(', ')}; ${counted(excused, 'rule')} excused`;
};

/** Rules without a judgement, grouped by verdict and reason. */
export type UntestedGroup = {
  verdict: Verdict;
  reason: string;
  ids: string[];
  selfCheck: string | null;
};

const UNTESTED: readonly Verdict[] = [
  'vacuous',
  'inconclusive',
  'not-applicable',
  'not-selected',
  'info',
];

// `info` is also said of what was seen; without an exercise it says why nothing could be.
const isUntested = (row: RequirementRecord, verdict: Verdict): boolean =>
  row.verdict === verdict && (verdict !== 'info' || row.exercised === 0);

/** What was not tested and why; gaps that cost the outcome come first. */
export const untestedOf = (record: RunRecord): UntestedGroup[] =>
  UNTESTED.flatMap((verdict) => {
    const groups = new Map<string, RequirementRecord[]>();
    for (const row of record.requirements) {
      if (!isUntested(row, verdict)) continue;
      const reason = printable(row.reason ?? row.message ?? 'no reason was given', 400);
      groups.set(reason, [...(groups.get(reason) ?? []), row]);
    }
    return [...groups].map(([reason, rows]) => ({
      verdict,
      reason: reason === 'subject' ? 'the rule binds another subject (`subject`)' : reason,
      ids: rows.map((row) => printable(row.id, 40)),
      selfCheck: selfCheckOf(rows),
    }));
  });

const selfCheckOf = (rows: readonly RequirementRecord[]): string | null => {
  const checked = rows.filter((row) => (row.selfCheck?.exercised ?? 0) > 0);
  if (checked.length === 0) return null;
  const bad = checked.filter((row) => row.selfCheck?.ok === false);
  return bad.length === 0
    ? `${checked.length} of them were checked on the reference runtime, all hold there`
    : `the reference runtime breaks ${bad.map((row) => printable(row.id, 40)).join(', ')}`;
};

/** One line of the table of chapters. */
export type ChapterView = {
  suite: string;
  counts: Partial<Record<Verdict, number>>;
  generated: number;
  operations: number;
  callbacks: number;
};

/** Chapters in the order of the run, then the rules that no chapter judges. */
export const chaptersOf = (record: RunRecord): ChapterView[] => {
  const views = record.chapters.map((chapter) => ({
    suite: printable(chapter.suite, 40),
    counts: countsOf(record, chapter.suite),
    generated: chapter.generated,
    operations: chapter.operations,
    callbacks: chapter.callbacks,
  }));
  const named = new Set(record.chapters.map((chapter) => chapter.suite));
  const others = new Set(
    record.requirements.map((row) => row.suite).filter((suite) => !named.has(suite ?? '')),
  );
  for (const suite of others) {
    const name = suite === null ? '(no chapter)' : printable(suite, 40);
    views.push({
      suite: name,
      counts: countsOf(record, suite),
      generated: 0,
      operations: 0,
      callbacks: 0,
    });
  }
  return views;
};

const countsOf = (record: RunRecord, suite: string | null): ChapterView['counts'] => {
  const counts: ChapterView['counts'] = {};
  for (const row of record.requirements) {
    if (row.suite === suite) counts[row.verdict] = (counts[row.verdict] ?? 0) + 1;
  }
  return counts;
};

/** Notes of the run, fit to show. */
export const notesOf = (record: RunRecord): string[] =>
  record.notes.map((note) => printableLines(note));

/** The verdicts that occur, with their numbers: `120 pass, 2 fail`. */
export const totalsLine = (record: RunRecord): string =>
  Object.entries(record.totals)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ');

/** A number with its noun. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** How much was done. */
export const workLine = ({ executed: { runs, operations, callbacks } }: RunRecord): string =>
  [counted(runs, 'run'), counted(operations, 'operation'), counted(callbacks, 'callback')].join(
    ', ',
  );

/** What the outcome means, in one sentence. */
export const outcomeSentence = (record: RunRecord): string => {
  if (record.error !== undefined) return printable(record.error);
  switch (record.exitCode) {
    case 0:
      return record.outcome === 'PARTIAL'
        ? 'everything that was selected and could be judged is green'
        : 'no rule that binds this subject was broken';
    case 1:
      return 'the subject breaks the contract';
    case 2:
      return 'rules that bind this subject were not put to the test';
    case 3:
      return 'a waiver is stale, expired or does not match what was seen';
    case 6:
      return 'nothing was selected or executed';
    default:
      return 'the harness itself is at fault, the verdicts prove nothing';
  }
};

/** The subject on one line. */
export const subjectLine = ({ subject }: RunRecord): string => {
  const types =
    subject.mapTypes.length === 0 ? 'no map type' : `map type ${subject.mapTypes.join(', ')}`;
  const digest = printable(subject.sha256.slice(0, 12));
  return `${printable(subject.name, 80)} (${subject.kind}, ${types}, sha256 ${digest})`;
};
