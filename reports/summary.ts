/**
 * What a person reads in a terminal of 80 columns. In short: the outcome, what is broken by which
 * call, and how to repeat it, on the first screen. In full: each rule with all that is needed to
 * act on it, what the verdict rests on, what was run and not tested, and the outcome once more.
 */
import pc from 'picocolors';
import type { Verdict } from '../harness/check/verdict.ts';
import type { RunRecord } from '../harness/conclude/record.ts';
import { findingsSection } from './summary-findings.ts';
import { LABEL_WIDTH, labelled, WIDTH, wrapped } from './text.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import {
  chaptersOf,
  counted,
  groundsLine,
  groundsOf,
  notesOf,
  outcomeSentence,
  RESTS_ON,
  subjectLine,
  totalsLine,
  untestedOf,
  waiversOf,
  workLine,
} from './view.ts';
import { ADVICE_TITLE, adviceOf, bySetting, violationsOf } from './violation-view.ts';
import { UPGRADE_TITLE, upgradeOf, type UpgradeView } from './upgrade-view.ts';
import type { UntestedGroup } from './view.ts';
import type { AdviceView, Guide, ViolationView } from './violation-view.ts';

/** Violations shown with plan and trace; the others get one line each. */
const DETAILED_MAX = 20;
/** Ids named in one group of untested rules. */
const IDS_MAX = 24;

type Colours = ReturnType<typeof pc.createColors>;

export type SummaryOptions = { colour: boolean; guide: Guide; isBrief?: boolean; isKept?: boolean };

/** The summary, ending in a line feed. */
export const renderSummary = (record: RunRecord, options: SummaryOptions): string => {
  const colours = pc.createColors(options.colour);
  const found = findingsSection(record, { ...options, width: WIDTH }, colours);
  return textOf(
    options.isBrief === true
      ? [heading(record, colours), outcome(record, colours), ...found, briefly(record, colours)]
      : [heading(record, colours), ...found, ...inFull(record, options, colours)],
  );
};

const textOf = (sections: readonly string[]): string =>
  `${sections.filter((section) => section !== '').join('\n\n')}\n`;

const inFull = (record: RunRecord, options: SummaryOptions, colours: Colours): string[] => {
  const violations = violationsOf(record, options.guide, WIDTH - 2);
  return [
    grounds(record, colours),
    chapterTable(record, colours),
    covered(record, colours),
    ...bySetting(violations.slice(0, DETAILED_MAX)).flatMap(({ title, views }) => [
      colours.bold(wrapped(title, 0)),
      ...views.map((violation) => detailed(violation, colours)),
    ]),
    brief(violations.slice(DETAILED_MAX)),
    advice(adviceOf(record), colours),
    upgrades(upgradeOf(record), colours),
    waivers(record, colours),
    notes(record, colours),
    untested(untestedOf(record), colours),
    outcome(record, colours),
  ];
};

/** What the short form leaves out, and where it stands. */
const briefly = (record: RunRecord, colours: Colours): string => {
  const open = untestedOf(record).filter(({ verdict }) => OPEN.includes(verdict));
  const advised = adviceOf(record).length;
  const gaps = open.map(({ verdict, reason, ids }) =>
    labelled('Open', `${counted(ids.length, 'rule')} ${verdict}: ${reason} (${namedIds(ids)})`),
  );
  const more = [
    'what it rests on',
    ...(advised > 0 ? [`advice (${advised})`] : []),
    'chapters, rules, coverage',
  ];
  return [
    ...(record.exitCode === 1 ? [] : gaps),
    waivers(record, colours),
    notes(record, colours),
    colours.dim(wrapped(`With --verbose: ${more.join('; ')}.`, 0)),
  ]
    .filter((part) => part !== '')
    .join('\n');
};

const OPEN: readonly Verdict[] = ['vacuous', 'inconclusive'];

const heading = (record: RunRecord, colours: Colours): string => {
  const rules = record.suite.requirementsSha256.slice(0, 12);
  const { tool, suite, seed } = record;
  return [
    colours.bold(`${tool.name} ${tool.version}`) +
      `   contract ${suite.revision}, rules ${rules}   seed ${seed}`,
    labelled('Subject', subjectLine(record), ''),
    wrapped(`${RESTS_ON} ${groundsLine(record)}`, 0),
  ].join('\n');
};

const grounds = (record: RunRecord, colours: Colours): string =>
  [
    colours.bold(RESTS_ON),
    ...groundsOf(record).map(({ by, what, excuses }) => {
      const rules = excuses.length === 0 ? '' : ` (excuses ${namedIds(excuses)})`;
      return labelled(by, `${what}${rules}`);
    }),
  ].join('\n');

const covered = (record: RunRecord, colours: Colours): string => {
  const views = coveredOf(record);
  if (views.length === 0) return '';
  return [
    colours.bold(COVERED_TITLE),
    ...views.map(({ label, says }) => labelled(label, says)),
  ].join('\n');
};

const namedIds = (ids: readonly string[]): string => {
  const more = ids.length > IDS_MAX ? ` … and ${ids.length - IDS_MAX} more` : '';
  return ids.slice(0, IDS_MAX).join(' ') + more;
};

// What stands in one column of the table. Columns of zeros are left out, these two never.
const COLUMNS: readonly { title: string; verdicts: readonly Verdict[]; always?: true }[] = [
  { title: 'pass', verdicts: ['pass'], always: true },
  { title: 'fail', verdicts: ['fail'], always: true },
  { title: 'lost', verdicts: ['crash', 'hang'] },
  { title: 'err', verdicts: ['harness-error'] },
  { title: 'warn', verdicts: ['warn'] },
  { title: 'open', verdicts: ['vacuous', 'inconclusive'] },
  { title: 'wvd', verdicts: ['waived'] },
  { title: 'info', verdicts: ['info'] },
  { title: 'n/a', verdicts: ['not-applicable'] },
  { title: 'uns', verdicts: ['not-selected'] },
];

const MEANINGS: Readonly<Record<string, string>> = {
  lost: 'lost: crash or hang',
  err: 'err: harness error',
  open: 'open: vacuous or inconclusive',
  wvd: 'wvd: waived',
  'n/a': 'n/a: not applicable',
  uns: 'uns: not selected',
};

const COLUMNS_MAX = 7;

const chapterTable = (record: RunRecord, colours: Colours): string => {
  const chapters = chaptersOf(record);
  const columns = COLUMNS.filter(
    ({ verdicts, always }) =>
      always === true || verdicts.some((verdict) => (record.totals[verdict] ?? 0) > 0),
  ).slice(0, COLUMNS_MAX);
  const line = (name: string, counts: readonly string[], work: readonly string[]) =>
    name.slice(0, 14).padEnd(14) +
    counts.map((count) => count.padStart(5)).join('') +
    [6, 12, 11].map((width, index) => (work[index] ?? '').padStart(width)).join('');
  const body = chapters.map((chapter) =>
    line(
      chapter.suite,
      columns.map(({ verdicts }) =>
        shownCount(verdicts.reduce((sum, verdict) => sum + (chapter.counts[verdict] ?? 0), 0)),
      ),
      [chapter.generated, chapter.operations, chapter.callbacks].map(shownNumber),
    ),
  );
  const titles = columns.map(({ title }) => title);
  const meanings = titles.flatMap((title) => MEANINGS[title] ?? []).join(' · ');
  return [
    colours.bold(line('Rules', titles, ['gen.', 'operations', 'callbacks'])),
    ...body,
    ...(meanings === '' ? [] : [colours.dim(wrapped(`${meanings} · gen.: generated runs`, 0))]),
  ].join('\n');
};

const shownCount = (count: number): string => (count === 0 ? '·' : String(count));
const shownNumber = (count: number): string =>
  count < 10_000_000 ? String(count) : `${Math.floor(count / 1_000_000)}M`;

const inset = (text: string, margin: string): string =>
  text
    .split('\n')
    .map((line) => margin + line)
    .join('\n');

const painted = (verdict: Verdict, text: string, colours: Colours): string =>
  verdict === 'warn' ? colours.yellow(text) : colours.red(text);

const detailed = (violation: ViolationView, colours: Colours): string => {
  const { id, level, verdict, suite, plan, trace } = violation;
  const title = `${verdict === 'warn' ? '!' : '✗'} ${id}  ${level}  ${verdict}  (${suite})`;
  const field = (label: string, text: string | null): string[] =>
    text === null ? [] : [labelled(label, text)];
  return [
    colours.bold(painted(verdict, title, colours)),
    ...field('Rule', violation.says),
    ...field('Source', violation.source),
    ...field('Expected', violation.expected),
    ...field('Saw', violation.saw),
    ...field('Where', violation.where),
    ...violation.causes.flatMap((cause) => field('Cause', cause)),
    ...field('Waiver', violation.waiver),
    ...field('Plan', plan === null ? null : planTitle(plan)),
    ...(plan?.actors ?? []).map((actor) => labelled('', actor)),
    ...(trace === null ? [] : ['  Trace', colours.dim(inset(trace, '  '))]),
    ...field('Look at', violation.look),
    // Never wrapped: it is copied as a whole.
    ...(violation.replay === null ? [] : [`  ${'Replay'.padEnd(LABEL_WIDTH)}${violation.replay}`]),
  ].join('\n');
};

const advice = (views: readonly AdviceView[], colours: Colours): string => {
  if (views.length === 0) return '';
  const shown = views.slice(0, DETAILED_MAX).map((view) => {
    const title = `! ${view.id}  ${view.verdict} under ${view.dialect}`;
    const fields = [
      ['Expected', view.expected],
      ['Saw', view.saw],
      ['Where', view.where],
    ] as const;
    return [
      `  ${colours.yellow(title)}`,
      ...fields.flatMap(([label, text]) => (text === null ? [] : [labelled(label, text, '    ')])),
      // Never wrapped: it is copied as a whole.
      ...(view.replay === null ? [] : [`    ${'Replay'.padEnd(LABEL_WIDTH)}${view.replay}`]),
    ].join('\n');
  });
  const more = views.length - shown.length;
  const rest = more > 0 ? [`  And ${more} more; the JSON report has them in full.`] : [];
  return [colours.bold(ADVICE_TITLE), ...shown, ...rest].join('\n');
};

const upgrades = (view: UpgradeView | null, colours: Colours): string => {
  if (view === null) return '';
  const { summary, breaks, holds } = view;
  const shown = breaks.slice(0, DETAILED_MAX).map(({ changes, base, isRefused, rules }) =>
    [
      ...changes.map((change, at) =>
        colours.yellow(`  ${at === 0 ? '!' : '+'} ${wrapped(change, 4)}`),
      ),
      labelled('From', base, '    '),
      ...(isRefused ? [labelled('Then', 'no map of this provider comes to be', '    ')] : []),
      ...rules.flatMap(({ id, message, plan, replay }) => [
        labelled('Breaks', `${id}: ${message}`, '    '),
        labelled('Plan', plan, '    '),
        // Never wrapped: it is copied as a whole.
        `    ${'Replay'.padEnd(LABEL_WIDTH)}${replay}`,
      ]),
    ].join('\n'),
  );
  const more = breaks.length - shown.length;
  const rest = more > 0 ? [`  And ${more} more; the JSON report has them in full.`] : [];
  const lines = [summary, ...holds].map((line) => `  ${wrapped(line, 4)}`);
  return [colours.bold(UPGRADE_TITLE), ...lines, ...shown, ...rest].join('\n');
};

const planTitle = ({ name, conditions }: NonNullable<ViolationView['plan']>): string =>
  conditions === null ? name : `${name} (${conditions})`;

const brief = (violations: readonly ViolationView[]): string =>
  violations.length === 0
    ? ''
    : [
        `And ${violations.length} more; the JSON report has them in full.`,
        ...violations.map(({ id, verdict, saw }) => `  ${id} ${verdict}: ${saw}`.slice(0, WIDTH)),
      ].join('\n');

const waivers = (record: RunRecord, colours: Colours): string => {
  const all = waiversOf(record);
  if (all.length === 0) return '';
  return [
    colours.bold('Waivers'),
    ...all.map(({ id, verdict, waiver }) => `  ${wrapped(`${id} ${verdict}: ${waiver}`, 4)}`),
  ].join('\n');
};

const notes = (record: RunRecord, colours: Colours): string => {
  const all = notesOf(record);
  if (all.length === 0) return '';
  return [colours.bold('Notes'), ...all.map((note) => `  ${wrapped(note, 4)}`)].join('\n');
};

const untested = (groups: readonly UntestedGroup[], colours: Colours): string => {
  if (groups.length === 0) return '';
  return [colours.bold('Not tested'), ...groups.map((group) => untestedGroup(group))].join('\n');
};

const untestedGroup = ({ verdict, reason, ids, selfCheck }: UntestedGroup): string => {
  const checked = selfCheck === null ? '' : `; ${selfCheck}`;
  return [
    `  ${wrapped(`${ids.length} ${verdict}: ${reason}${checked}`, 4)}`,
    `    ${wrapped(namedIds(ids), 4)}`,
  ].join('\n');
};

const outcome = (record: RunRecord, colours: Colours): string => {
  const paint = record.exitCode === 0 ? colours.green : colours.red;
  return [
    wrapped(`${counted(record.requirements.length, 'rule')}: ${totalsLine(record)}`, 0),
    workLine(record),
    colours.bold(paint(record.outcome)) +
      `  exit code ${record.exitCode}: ${outcomeSentence(record)}`,
  ].join('\n');
};
