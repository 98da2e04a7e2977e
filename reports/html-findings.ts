/** What is broken, by its causes: the first section of the HTML report. */
import type { RunRecord } from '../harness/conclude/record.ts';
import { findingsIn, findingsLine, type FindingView } from './finding-view.ts';
import { badge, block, escaped, pairs, section } from './html-elements.ts';
import { drawLanes } from './html-lanes.ts';
import type { Guide } from './violation-view.ts';

/** The section; nothing where nothing is broken. */
export const findings = (record: RunRecord, guide: Guide): string => {
  const views = findingsIn(record, { guide, width: 110 });
  if (views.length === 0) return '';
  const title = `What is broken: ${findingsLine(views)}`;
  return section('findings', title, views.map(finding).join('\n'));
};

const finding = (view: FindingView): string => {
  const { scene, script, legend } = view;
  const drawn =
    scene === null
      ? ''
      : drawLanes({
          trace: scene.counterexample.trace,
          names: scene.names,
          call: scene.call,
          broken: scene.broken,
          escape: escaped,
        });
  return `<details open class="violation">
<summary><strong>${escaped(view.callback ?? 'what was registered')}</strong> ${badge(view.verdict)}
<code>${escaped(view.rule)}</code></summary>
${pairs([
  ['Did', view.did ?? view.saw],
  ['Call', view.call],
  ['During', view.during],
  ['Rule', view.says],
  ['Expected', view.expected],
  ['Saw', view.did === null ? null : view.saw],
  ['Also breaks', view.alsoBreaks.join(' ') || null],
  ['Not judged since it was lost', view.unjudged.join(' ') || null],
  ['Look at', view.look],
])}
${block('Script', script.join('\n'))}
${drawn === '' ? '' : `<h3>Trace</h3>\n${drawn}`}
${legend.length === 0 ? '' : `<p><small>${escaped(legend.join(', '))}</small></p>`}
${block('Repeat', view.replay ?? '')}
</details>`;
};
