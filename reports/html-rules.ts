/**
 * The rules in HTML: a matrix of marks by chapter, and a table with a filter. The page has no
 * script: the filter is the style's, by what is checked (:has). A browser without that shows all.
 */
import { isRequirementId } from '../harness/abi/catalogue.ts';
import type { RequirementRecord, RunRecord } from '../harness/conclude/record.ts';
import { printable } from '../harness/trace/printable.ts';
import { badge, escaped, section, shadeOf, sources, table } from './html-elements.ts';
import type { Shade } from './html-elements.ts';
import { killsBy, type Kills } from './kills.ts';
import { chaptersOf } from './view.ts';
import { ruleOf, waiverOf } from './violation-view.ts';

const chapterOf = ({ suite }: RequirementRecord): string =>
  suite === null ? '(no chapter)' : printable(suite, 40);

/** Names of the chapters; the place in this list is what the filter knows of one. */
const namesOf = (record: RunRecord): string[] => chaptersOf(record).map(({ suite }) => suite);

// A word of a merged report may be anything: only ids of ours become anchors.
const anchorOf = (id: string): string | null => (isRequirementId(id) ? `rule-${id}` : null);

const MARKS: Readonly<Record<Shade, string>> = {
  red: '✗',
  open: '?',
  warn: '!',
  pass: '✓',
  aside: '–',
};

const mark = ({ id, verdict }: RequirementRecord): string => {
  const anchor = anchorOf(id);
  const says = escaped(`${printable(id, 40)} ${verdict}`);
  const shade = shadeOf(verdict);
  const link = anchor === null ? '' : ` href="#${anchor}"`;
  return `<li><a class="mark ${shade}"${link} aria-label="${says}" title="${says}">${MARKS[shade]}</a></li>`;
};

/** One mark a rule, a line a chapter, each mark a link to its rule. */
export const matrix = (record: RunRecord): string => {
  const rows = chaptersOf(record).map((chapter) => {
    const own = record.requirements.filter((row) => chapterOf(row) === chapter.suite);
    const work = [chapter.generated, chapter.operations, chapter.callbacks];
    return `<tr><th scope="row">${escaped(chapter.suite)}</th>
<td><ul class="marks">${own.map(mark).join('')}</ul></td>
${work.map((count) => `<td class="count">${count}</td>`).join('')}</tr>`;
  });
  const heads = ['chapter', 'rules', 'generated runs', 'operations', 'callbacks'];
  return section('chapters', 'Chapters', table('Each mark is a rule', heads, rows));
};

const shown: readonly (readonly [Shade, string])[] = [
  ['red', 'broken'],
  ['open', 'not put to the test'],
  ['warn', 'warnings'],
  ['pass', 'passed'],
  ['aside', 'aside'],
];

const filter = (record: RunRecord): string => {
  const radios = [['all', 'all'] as const, ...shown].map(
    ([shade, label]) =>
      `<label><input type="radio" name="verdict" id="show-${shade}"${shade === 'all' ? ' checked' : ''}> ${label}</label>`,
  );
  const options = namesOf(record).map(
    (name, index) => `<option value="${index}">${escaped(name)}</option>`,
  );
  return `<form class="filter">
<fieldset><legend>Verdict</legend>${radios.join('\n')}</fieldset>
<label>Chapter <select id="chapter"><option value="all" selected>all</option>${options.join('')}</select></label>
</form>`;
};

/** What of the style does the filtering on this page. */
export const filterStyle = (record: RunRecord): string =>
  [
    ...shown.map(([shade]) => `body:has(#show-${shade}:checked) tr.rule:not(.${shade})`),
    ...namesOf(record).map(
      (_, index) => `body:has(#chapter option[value="${index}"]:checked) tr.rule:not(.k${index})`,
    ),
  ]
    .map((selector) => `${selector}:not(:target) { display: none; }`)
    .join('\n');

/** Every rule with what it asks, where that stands, and what was said of it. */
export const rules = (record: RunRecord, kills: Kills | null): string => {
  const names = namesOf(record);
  const rows = record.requirements.map((row) => ruleRow(row, names.indexOf(chapterOf(row)), kills));
  const more = kills === null ? [] : ['kill matrix'];
  const heads = ['rule', 'verdict', 'asks', 'exercised', 'runs', ...more, 'said'];
  return section(
    'rules',
    'All rules',
    `${filter(record)}\n${table(`${record.requirements.length} rules`, heads, rows)}`,
  );
};

const strengthOf = ({ strength, schedules, runs }: RequirementRecord): string => {
  if (strength === 'exhaustive') return `${runs}, exhaustive: ${schedules ?? '?'} schedules`;
  return strength === null ? String(runs) : `${runs}, ${strength}`;
};

const proven = (kills: string | null): string =>
  `<td data-head="kill matrix">${kills ?? 'none tried'}</td>\n`;

const ruleRow = (row: RequirementRecord, chapter: number, kills: Kills | null): string => {
  const { says, source } = ruleOf(row.id);
  const advisory = Object.entries(row.advisory).map(
    ([dialect, { verdict }]) => `${dialect}: ${verdict}`,
  );
  const said = [waiverOf(row), row.reason, row.message, ...advisory].filter((one) => one !== null);
  const told = escaped(said.map((part) => printable(part)).join(' · '));
  const anchor = anchorOf(row.id);
  const named = anchor === null ? '' : ` id="${anchor}"`;
  return `<tr class="rule ${shadeOf(row.verdict)} k${chapter}"${named}>
<th scope="row"><code>${escaped(printable(row.id, 40))}</code><br>${escaped(printable(row.level, 40))}</th>
<td data-head="verdict">${badge(row.verdict)}</td>
<td data-head="asks">${escaped(says)}<br><small>${sources(source)}</small></td>
<td data-head="exercised">${row.exercised}</td>
<td data-head="runs">${escaped(strengthOf(row))}</td>
${kills === null ? '' : proven(killsBy(kills, row.id))}<td data-head="said">${told}</td></tr>`;
};
