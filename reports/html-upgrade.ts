/** The part of the page about changes of a runtime: what breaks the provider, and the grid. */
import type { RunRecord } from '../harness/conclude/record.ts';
import { block, escaped, pairs, section, table } from './html-elements.ts';
import { UPGRADE_TITLE, upgradeOf, type BreakView } from './upgrade-view.ts';

/** The section; empty where nobody asked. */
export const upgrades = (record: RunRecord): string => {
  const view = upgradeOf(record);
  if (view === null) return '';
  const { summary, breaks, holds, grid } = view;
  const cell = (text: string): string =>
    text === '' ? '' : `<span class="verdict bad">${escaped(text)}</span>`;
  const rows = grid.rows.map((one) =>
    row([`<code>${escaped(one.switch)}</code>`, escaped(one.verdict), ...one.cells.map(cell)]),
  );
  const lines = [summary, ...holds].map((line) => `<li>${escaped(line)}</li>`);
  return section(
    'upgrades',
    UPGRADE_TITLE,
    `<ul>${lines.join('\n')}</ul>
${breaks.map(broken).join('\n')}
${table('Switches and the rules that each turns red', ['switch', 'alone', ...grid.rules], rows)}`,
  );
};

const row = (cells: readonly string[]): string =>
  `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;

const broken = ({
  changes,
  base,
  isRefused,
  rules,
}: BreakView): string => `<details open class="advice">
<summary>${changes.map(escaped).join('<br>and ')} <small>from ${escaped(base)}</small></summary>
${isRefused ? '<p>No map of this provider comes to be.</p>' : ''}
${rules
  .map(
    ({ id, message, plan, replay }) =>
      `${pairs([
        [id, message],
        ['Plan', plan],
      ])}\n${block('Replay', replay)}`,
  )
  .join('\n')}
</details>`;
