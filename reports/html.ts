/**
 * One static page: no script, no request, nothing that a subject says is markup. Groups fold with
 * <details>; what needs attention stands open. The policy in its head allows its own style only.
 */
import { createHash } from 'node:crypto';
import type { Verdict } from '../harness/check/verdict.ts';
import { isGreen } from '../harness/check/verdict.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { STYLE } from './html-style.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import {
  chaptersOf,
  groundsOf,
  notesOf,
  outcomeSentence,
  RESTS_ON,
  subjectLine,
  totalsLine,
  untestedOf,
  workLine,
} from './view.ts';
import {
  ADVICE_TITLE,
  adviceOf,
  bySetting,
  ruleOf,
  violationsOf,
  waiverOf,
} from './violation-view.ts';
import type { Guide, ViolationView } from './violation-view.ts';

/** The HTML report, ending in a line feed. */
export const renderHtml = (record: RunRecord, { guide }: { guide: Guide }): string => {
  const title = `${record.outcome}: ${record.subject.name.slice(0, 200)}`;
  const styleHash = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${record.exitCode === 0 ? 'good' : 'bad'}">
<h1>${escaped(record.outcome)}</h1>
<p>exit code ${record.exitCode}: ${escaped(outcomeSentence(record))}</p>
</header>
<main>
${grounds(record)}
${overview(record)}
${violations(record, guide)}
${advice(record)}
${notes(record)}
${chapters(record)}
${covered(record)}
${untested(record)}
${byVerdict(record)}
</main>
</body>
</html>
`;
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for element content or a quoted attribute. */
const escaped = (text: string): string =>
  text
    .split('\n')
    .map((line) => printable(line, 20_000).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? ''))
    .join('\n');

const pairs = (items: readonly (readonly [string, string | null])[]): string =>
  `<dl>${items
    .flatMap(([label, text]) =>
      text === null ? [] : [`<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>`],
    )
    .join('\n')}</dl>`;

const grounds = (record: RunRecord): string =>
  `<section><h2>${RESTS_ON}</h2>\n${pairs(
    groundsOf(record).map(({ by, what, excuses }) => [
      by,
      excuses.length === 0 ? what : `${what} (excuses ${excuses.join(' ')})`,
    ]),
  )}</section>`;

const covered = (record: RunRecord): string => {
  const views = coveredOf(record);
  if (views.length === 0) return '';
  return `<section><h2>${COVERED_TITLE}</h2>\n${pairs(views.map(({ label, says }) => [label, says]))}</section>`;
};

const overview = (record: RunRecord): string => {
  const { tool, suite } = record;
  return `<section>${pairs([
    ['Subject', subjectLine(record)],
    ['Tool', `${tool.name} ${tool.version}`],
    ['Contract', `${suite.revision}, rules ${suite.requirementsSha256}`],
    ['Seed', String(record.seed)],
    ['Rules', totalsLine(record)],
    ['Executed', workLine(record)],
  ])}</section>`;
};

const violations = (record: RunRecord, guide: Guide): string => {
  const views = violationsOf(record, guide, 110);
  if (views.length === 0) return '';
  return bySetting(views)
    .map(
      ({ title, views: found }) =>
        `<section><h2>${title}</h2>\n${found.map(violation).join('\n')}</section>`,
    )
    .join('\n');
};

const violation = (view: ViolationView): string => {
  const plan =
    view.plan === null ? [] : [`plan ${view.plan.name}${conditionsOf(view)}`, ...view.plan.actors];
  const blocks = [
    ['Smallest plan', plan.join('\n')],
    ['Trace', view.trace ?? ''],
    ['Replay', view.replay ?? ''],
  ] as const;
  return `<details open class="violation">
<summary><code>${escaped(view.id)}</code> ${badge(view.verdict)}
${escaped(view.level)} <small>${escaped(view.suite)}</small></summary>
${pairs([
  ['Rule', view.says],
  ['Source', view.source],
  ['Expected', view.expected],
  ['Saw', view.saw],
  ['Where', view.where],
  ...view.causes.map((cause): [string, string] => ['Cause', cause]),
  ['Waiver', view.waiver],
  ['Look at', view.look],
])}
${blocks.map(([label, text]) => (text === '' ? '' : `<h3>${label}</h3><pre>${escaped(text)}</pre>`)).join('\n')}
</details>`;
};

const advice = (record: RunRecord): string => {
  const views = adviceOf(record);
  if (views.length === 0) return '';
  const shown = views.map(
    (view) => `<details open class="advice">
<summary><code>${escaped(view.id)}</code> <span class="verdict warn">${escaped(view.verdict)}</span>
under ${escaped(view.dialect)}</summary>
${pairs([
  ['Rule', view.says],
  ['Expected', view.expected],
  ['Saw', view.saw],
  ['Where', view.where],
])}
${view.replay === null ? '' : `<h3>Replay</h3><pre>${escaped(view.replay)}</pre>`}
</details>`,
  );
  return `<section><h2>${ADVICE_TITLE}</h2>\n${shown.join('\n')}</section>`;
};

const conditionsOf = ({ plan }: ViolationView): string =>
  plan?.conditions ? ` (${plan.conditions})` : '';

const badge = (verdict: Verdict): string =>
  `<span class="${cssOf(verdict)}">${escaped(verdict)}</span>`;

const cssOf = (verdict: Verdict): string => {
  if (verdict === 'warn') return 'verdict warn';
  if (verdict === 'pass') return 'verdict pass';
  return isGreen(verdict) || verdict === 'not-selected' ? 'verdict quiet' : 'verdict bad';
};

const notes = (record: RunRecord): string => {
  const all = notesOf(record);
  if (all.length === 0) return '';
  return `<section><h2>Notes</h2><ul>${all.map((note) => `<li>${escaped(note)}</li>`).join('\n')}</ul></section>`;
};

const table = (head: readonly string[], rows: readonly string[]): string =>
  `<table><thead><tr>${head.map((cell) => `<th>${cell}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table>`;

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

const chapters = (record: RunRecord): string =>
  `<section><h2>Chapters</h2>${table(
    ['chapter', 'verdicts', 'generated runs', 'operations', 'callbacks'],
    chaptersOf(record).map((chapter) =>
      row([
        escaped(chapter.suite),
        Object.entries(chapter.counts)
          .map(([verdict, count]) => `${count} ${escaped(verdict)}`)
          .join(', '),
        String(chapter.generated),
        String(chapter.operations),
        String(chapter.callbacks),
      ]),
    ),
  )}</section>`;

const untested = (record: RunRecord): string => {
  const groups = untestedOf(record);
  if (groups.length === 0) return '';
  const shown = groups.map(
    ({ verdict, reason, ids, selfCheck }) => `<details>
<summary>${ids.length} ${badge(verdict)} ${escaped(reason)}</summary>
<p>${selfCheck === null ? '' : escaped(`${selfCheck}. `)}${ids.map((id) => `<code>${escaped(id)}</code>`).join(' ')}</p>
</details>`,
  );
  return `<section><h2>Not tested</h2>${shown.join('\n')}</section>`;
};

/** Every rule, one foldable group per verdict: the filter of a page without scripts. */
const byVerdict = (record: RunRecord): string => {
  const verdicts = [...new Set(record.requirements.map((rule) => rule.verdict))];
  verdicts.sort((a, b) => Number(isGreen(a)) - Number(isGreen(b)));
  const groups = verdicts.map((verdict) => {
    const rules = record.requirements.filter((rule) => rule.verdict === verdict);
    return `<details>
<summary>${badge(verdict)} ${rules.length}</summary>
${table(['rule', 'level', 'chapter', 'asks', 'exercised', 'runs', 'said'], rules.map(ruleRow))}
</details>`;
  });
  return `<section><h2>All rules by verdict</h2>${groups.join('\n')}</section>`;
};

const ruleRow = (rule: RequirementRecord): string => {
  const said = [waiverOf(rule), rule.reason, rule.message].filter((part) => part !== null);
  const advisory = Object.entries(rule.advisory).map(
    ([dialect, { verdict }]) => `${dialect}: ${verdict}`,
  );
  return row([
    `<code>${escaped(rule.id)}</code>`,
    escaped(rule.level),
    escaped(rule.suite ?? '-'),
    escaped(ruleOf(rule.id).says),
    String(rule.exercised),
    String(rule.runs),
    escaped([...said, ...advisory].map((part) => printable(part)).join(' · ')),
  ]);
};
