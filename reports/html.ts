/**
 * One static page: no script, no request, nothing that a subject says is markup. Groups fold with
 * <details>; what needs attention stands open. The policy in its head allows its own style only;
 * its only links lead to the contract's repository.
 */
import { createHash } from 'node:crypto';
import type { RunRecord } from '../harness/conclude/record.ts';
import { badge, block, escaped, pairs, pairsOf, section, sources } from './html-elements.ts';
import { findings } from './html-findings.ts';
import { filterStyle, matrix, rules } from './html-rules.ts';
import { STYLE } from './html-style.ts';
import { upgrades } from './html-upgrade.ts';
import type { Kills } from './kills.ts';
import { COVERED_TITLE, coveredOf } from './covered.ts';
import {
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
import type { Guide, ViolationView } from './violation-view.ts';

/** The HTML report, ending in a line feed. */
export const renderHtml = (
  record: RunRecord,
  { guide, kills = null }: { guide: Guide; kills?: Kills | null },
): string => {
  const title = `${record.outcome}: ${record.subject.name.slice(0, 200)}`;
  const style = `${STYLE}${filterStyle(record)}\n`;
  const styleHash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  const parts = [
    findings(record, guide),
    grounds(record),
    overview(record),
    ...violations(record, guide),
    advice(record),
    upgrades(record),
    waivers(record),
    notes(record),
    matrix(record),
    covered(record),
    untested(record),
    proof(kills),
    rules(record, kills),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<header class="${record.exitCode === 0 ? 'good' : 'bad'}">
<h1>${escaped(record.outcome)}</h1>
<p>${escaped(record.subject.name.slice(0, 200))}</p>
<p>exit code ${record.exitCode}: ${escaped(outcomeSentence(record))}</p>
</header>
${contents(parts)}
<main>
${parts.filter((part) => part !== '').join('\n')}
</main>
</body>
</html>
`;
};

/** What the contents call a part whose title is long. */
const labels: Readonly<Record<string, string>> = {
  findings: 'Findings',
  'rests-on': 'Rests on',
  'broken-0': 'Broken',
  'broken-1': 'More broken',
  'broken-2': 'More broken',
  advice: 'Advice',
  covered: 'Covered',
  proof: 'Kill matrix',
};

/** Links to the parts that the page has. */
const contents = (parts: readonly string[]): string => {
  const links = parts.flatMap((part) => {
    const [, anchor, title] = /^<section [^>]*><h2 id="([^"]+)">([^<]*)</.exec(part) ?? [];
    return anchor === undefined ? [] : [`<a href="#${anchor}">${labels[anchor] ?? title}</a>`];
  });
  return `<nav aria-label="Contents">${links.join('\n')}</nav>`;
};

const grounds = (record: RunRecord): string =>
  section(
    'rests-on',
    RESTS_ON,
    pairs(
      groundsOf(record).map(({ by, what, excuses }) => [
        by,
        excuses.length === 0 ? what : `${what} (excuses ${excuses.join(' ')})`,
      ]),
    ),
  );

const covered = (record: RunRecord): string => {
  const views = coveredOf(record);
  if (views.length === 0) return '';
  return section('covered', COVERED_TITLE, pairs(views.map(({ label, says }) => [label, says])));
};

/** What the suite finds among subjects that are known to be wrong or right. */
const proof = (kills: Kills | null): string =>
  kills === null
    ? ''
    : section(
        'proof',
        'Kill matrix of this build',
        `<p>What <code>mapcert selftest</code> found: of the wrong subjects, by rule, in the table below.</p>
${pairs(kills.counts)}`,
      );

const overview = (record: RunRecord): string => {
  const { tool, suite } = record;
  const items = [
    ['Subject', subjectLine(record)],
    ['Tool', `${tool.name} ${tool.version}`],
    ['Contract', `${suite.revision}, rules ${suite.requirementsSha256}`],
    ['Seed', String(record.seed)],
    [RESTS_ON, groundsLine(record)],
    ['Rules', totalsLine(record)],
    ['Executed', workLine(record)],
  ] as const;
  return section('run', 'The run', pairs(items));
};

const violations = (record: RunRecord, guide: Guide): string[] =>
  bySetting(violationsOf(record, guide, 110)).map(({ title, views }, index) =>
    section(`broken-${index}`, title, views.map(violation).join('\n')),
  );

const violation = (view: ViolationView): string => {
  const conditions = view.plan?.conditions ? ` (${view.plan.conditions})` : '';
  const plan =
    view.plan === null ? [] : [`plan ${view.plan.name}${conditions}`, ...view.plan.actors];
  const text = (said: string | null): string | null => (said === null ? null : escaped(said));
  return `<details class="violation">
<summary><code>${escaped(view.id)}</code> ${badge(view.verdict)}
${escaped(view.level)} <small>${escaped(view.suite)}</small></summary>
${pairsOf([
  ['Rule', escaped(view.says)],
  ['Source', sources(view.source)],
  ['Expected', text(view.expected)],
  ['Saw', escaped(view.saw)],
  ['Where', text(view.where)],
  ...view.causes.map((cause): [string, string] => ['Cause', escaped(cause)]),
  ['Waiver', text(view.waiver)],
  ['Look at', text(view.look)],
])}
${block('Smallest plan', plan.join('\n'))}
${block('Trace', view.trace ?? '')}
${block('Replay', view.replay ?? '')}
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
${block('Replay', view.replay ?? '')}
</details>`,
  );
  return section('advice', ADVICE_TITLE, shown.join('\n'));
};

const waivers = (record: RunRecord): string => {
  const all = waiversOf(record);
  if (all.length === 0) return '';
  return section(
    'waivers',
    'Waivers',
    pairs(all.map(({ id, verdict, waiver }) => [`${id} ${verdict}`, waiver])),
  );
};

const notes = (record: RunRecord): string => {
  const all = notesOf(record);
  if (all.length === 0) return '';
  const items = all.map((note) => `<li>${escaped(note)}</li>`).join('\n');
  return section('notes', 'Notes', `<ul>${items}</ul>`);
};

const untested = (record: RunRecord): string => {
  const groups = untestedOf(record);
  if (groups.length === 0) return '';
  const shown = groups.map(
    ({ verdict, reason, ids, selfCheck }) => `<details>
<summary>${ids.length} ${badge(verdict)} ${escaped(reason)}</summary>
<p>${selfCheck === null ? '' : escaped(`${selfCheck}. `)}${ids.map((id) => `<code>${escaped(id)}</code>`).join(' ')}</p>
</details>`,
  );
  return section('untested', 'Not tested', shown.join('\n'));
};
