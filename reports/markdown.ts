/**
 * The page one attaches to a release or a pull request: GitHub Markdown, nothing a subject says is
 * markup.
 */
import type { RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import {
  chaptersOf,
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
import { findingsIn, findingsLine, type FindingView } from './finding-view.ts';
import { UPGRADE_TITLE, upgradeOf } from './upgrade-view.ts';
import { ADVICE_TITLE, adviceOf, bySetting, violationsOf } from './violation-view.ts';
import type { Guide, ViolationView } from './violation-view.ts';

/** The Markdown report, ending in a line feed. */
export const renderMarkdown = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const violations = violationsOf(record, guide, 100);
  const sections = [
    `# ${record.outcome}: ${plain(record.subject.name.slice(0, 200))}`,
    overview(record),
    findings(record, guide),
    grounds(record),
    `## Chapters\n\n${chapters(record)}`,
    covered(record),
    ...bySetting(violations).map(
      ({ title, views }) => `## ${title}\n\n${views.map(violation).join('\n\n')}`,
    ),
    advice(record),
    upgrades(record),
    waivers(record),
    notesOf(record).length === 0 ? '' : `## Notes\n\n${list(notesOf(record).map(plain))}`,
    untested(record),
    `## All rules\n\n${allRules(record)}`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

/** Text without any meaning in Markdown or HTML. */
const plain = (text: string): string =>
  printable(text)
    .replace(/[\\`*_[\]#|~]/g, '\\$&')
    // Bare addresses become links by themselves; a backslash in them prevents it.
    .replace(/:(?=\/\/)|(?<=www)\./gi, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;');

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');

/** A code block whose fence is longer than any run of backticks inside. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
};

const grounds = (record: RunRecord): string =>
  `## ${RESTS_ON}\n\n${list(
    groundsOf(record).map(({ by, what, excuses }) => {
      const rules = excuses.length === 0 ? '' : `; excuses ${excuses.map(plain).join(', ')}`;
      return `**${by}** ${plain(what)}${rules}`;
    }),
  )}`;

const covered = (record: RunRecord): string => {
  const items = coveredOf(record).map(({ label, says }) => `**${label}** ${plain(says)}`);
  return items.length === 0 ? '' : `## ${COVERED_TITLE}\n\n${list(items)}`;
};

const overview = (record: RunRecord): string => {
  const { tool, suite } = record;
  return table(
    ['', ''],
    [
      [
        'Outcome',
        `**${record.outcome}**, exit code ${record.exitCode}: ${outcomeSentence(record)}`,
      ],
      ['Subject', plain(subjectLine(record))],
      ['Tool', `${plain(tool.name)} ${plain(tool.version)}`],
      ['Contract', `${suite.revision}, rules ${plain(suite.requirementsSha256)}`],
      ['Seed', String(record.seed)],
      [RESTS_ON, groundsLine(record)],
      ['Rules', totalsLine(record)],
      ['Executed', workLine(record)],
    ],
  );
};

const chapters = (record: RunRecord): string =>
  table(
    ['Chapter', 'Verdicts', 'Generated runs', 'Operations', 'Callbacks'],
    chaptersOf(record).map((chapter) => [
      plain(chapter.suite),
      Object.entries(chapter.counts)
        .map(([verdict, count]) => `${count} ${verdict}`)
        .join(', '),
      String(chapter.generated),
      String(chapter.operations),
      String(chapter.callbacks),
    ]),
  );

const findings = (record: RunRecord, guide: Guide): string => {
  const views = findingsIn(record, { guide, width: 100 });
  if (views.length === 0) return '';
  return [`## What is broken: ${findingsLine(views)}`, ...views.map(finding)].join('\n\n');
};

const finding = (view: FindingView): string => {
  const { number, callback, verdict, rule, did, call, during, expected, saw } = view;
  const title = `${number}. ${callback ?? 'what was registered'}: ${verdict}, ${rule}`;
  const items: [string, string | null][] = [
    ['Did', did ?? saw],
    ['Call', call],
    ['During', during],
    ['Rule', view.says],
    ['Expected', expected],
    ['Saw', did === null ? null : saw],
    ['Also breaks', view.alsoBreaks.join(', ') || null],
    ['Not judged since it was lost', view.unjudged.join(', ') || null],
    ['Look at', view.look],
  ];
  const evidence = [
    ...view.script,
    ...(view.trace === null ? [] : ['', view.trace]),
    ...(view.legend.length === 0 ? [] : ['', view.legend.join(', ')]),
    ...(view.replay === null ? [] : ['', view.replay]),
  ].join('\n');
  return [
    `### ${plain(title)}`,
    list(items.flatMap(([label, text]) => (text === null ? [] : [`**${label}** ${plain(text)}`]))),
    ...(evidence === '' ? [] : [fenced(evidence)]),
  ].join('\n\n');
};

const violation = (view: ViolationView): string => {
  const items: [string, string | null][] = [
    ['Rule', plain(view.says)],
    ['Source', plain(view.source)],
    ['Expected', view.expected && plain(view.expected)],
    ['Saw', plain(view.saw)],
    ['Where', view.where && plain(view.where)],
    ...view.causes.map((cause): [string, string] => ['Cause', plain(cause)]),
    ['Waiver', view.waiver && plain(view.waiver)],
    ['Look at', view.look && plain(view.look)],
  ];
  const plan = view.plan === null ? [] : [`plan ${view.plan.name}`, ...view.plan.actors];
  const evidence = [...plan, view.replay].filter((part) => part !== null).join('\n');
  return [
    `### ${plain(view.id)} ${view.level} ${view.verdict}`,
    list(items.flatMap(([label, text]) => (text === null ? [] : [`**${label}** ${text}`]))),
    ...(evidence === '' ? [] : [fenced(evidence)]),
  ].join('\n\n');
};

const advice = (record: RunRecord): string => {
  const items = adviceOf(record).map(({ id, verdict, dialect, expected, saw, where, replay }) => {
    const said = [
      ...(expected === null ? [] : [`expected ${plain(expected)}`]),
      `saw ${plain(saw)}`,
      ...(where === null ? [] : [plain(where)]),
    ].join('; ');
    const again = replay === null ? '' : `\n\n${fenced(replay)}`;
    return `**${plain(id)}** ${verdict} under ${plain(dialect)}: ${said}${again}`;
  });
  return items.length === 0 ? '' : `## ${ADVICE_TITLE}\n\n${items.join('\n\n')}`;
};

const waivers = (record: RunRecord): string => {
  const rows = waiversOf(record).map(({ id, verdict, waiver }) => [
    plain(id),
    verdict,
    plain(waiver),
  ]);
  return rows.length === 0 ? '' : `## Waivers\n\n${table(['Rule', 'Verdict', 'Waiver'], rows)}`;
};

const upgrades = (record: RunRecord): string => {
  const view = upgradeOf(record);
  if (view === null) return '';
  const { summary, breaks, holds, grid } = view;
  const broken = breaks.map(({ changes, base, isRefused, rules }) =>
    [
      `${changes.map(plain).join(' **and** ')} (from ${plain(base)})`,
      ...(isRefused ? ['  - no map of this provider comes to be'] : []),
      ...rules.map(
        ({ id, message, plan, replay }) =>
          `  - **${plain(id)}** ${plain(message)} (plan "${plain(plan)}")\n\n` +
          fenced(replay).replace(/^/gm, '    '),
      ),
    ].join('\n'),
  );
  const rows = grid.rows.map((row) => [plain(row.switch), row.verdict, ...row.cells.map(plain)]);
  return [
    `## ${UPGRADE_TITLE}`,
    list([summary, ...holds].map(plain)),
    ...(broken.length > 0 ? [`It breaks when:\n\n${list(broken)}`] : []),
    table(['Switch', 'Alone', ...grid.rules.map(plain)], rows),
  ].join('\n\n');
};

const untested = (record: RunRecord): string => {
  const items = untestedOf(record).map(({ verdict, reason, ids, selfCheck }) => {
    const checked = selfCheck === null ? '' : `; ${plain(selfCheck)}`;
    return `**${ids.length} ${verdict}** ${plain(reason)}${checked}: ${ids.map(plain).join(', ')}`;
  });
  return items.length === 0 ? '' : `## Not tested\n\n${list(items)}`;
};

const allRules = (record: RunRecord): string =>
  table(
    ['Rule', 'Level', 'Verdict', 'Exercised', 'Runs', 'Strength'],
    record.requirements.map((row) => [
      plain(row.id),
      plain(row.level),
      row.verdict,
      String(row.exercised),
      String(row.runs),
      row.strength === null ? '' : strengthOf(row),
    ]),
  );

const strengthOf = (row: RunRecord['requirements'][number]): string => {
  if (row.strength === 'exhaustive') return `exhaustive (${row.schedules ?? '?'} schedules)`;
  return row.strength === 'sampled' ? `sampled (${row.runs})` : (row.strength ?? '');
};
