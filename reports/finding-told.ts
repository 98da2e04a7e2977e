/** Findings for reports that have a case per rule: at each broken rule, what broke it. */
import type { RunRecord } from '../harness/conclude/record.ts';
import { findingsIn, type FindingView } from './finding-view.ts';
import type { Guide } from './violation-view.ts';

/** For each broken rule its finding: in full at the rule that says it, else by its number. */
export const causesByRule = (record: RunRecord, guide: Guide): Map<string, string> => {
  const views = findingsIn(record, { guide, width: 100 });
  return new Map(
    views.flatMap((view) => [
      [view.rule, toldCause(view, views.length)] as const,
      ...view.alsoBreaks.map(
        (id) => [id, `Part of finding ${view.number}, told at ${view.rule}`] as const,
      ),
    ]),
  );
};

/** A finding in lines. */
export const toldCause = (view: FindingView, of: number): string =>
  [
    `Finding ${view.number} of ${of}: ${view.callback ?? 'what was registered'}`,
    `Did: ${view.did ?? view.saw}`,
    view.call === null ? null : `Call: ${view.call}`,
    view.during === null ? null : `During: ${view.during}`,
    view.alsoBreaks.length === 0 ? null : `Also breaks: ${view.alsoBreaks.join(' ')}`,
    view.unjudged.length === 0 ? null : `Not judged since it was lost: ${view.unjudged.join(' ')}`,
    view.script.length === 0 ? null : `Script:\n${view.script.join('\n')}`,
  ]
    .filter((line) => line !== null)
    .join('\n');
