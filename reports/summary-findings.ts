/**
 * Findings in a terminal: the first one so that a screen of 24 lines says what to mend, the others
 * in a few lines each.
 */
import type pc from 'picocolors';
import type { RunRecord } from '../harness/conclude/record.ts';
import { findingsIn, findingsLine, type FindingView } from './finding-view.ts';
import { hanging, labelled } from './text.ts';
import type { Guide } from './violation-view.ts';

type Colours = ReturnType<typeof pc.createColors>;

export type FindingsOptions = {
  guide: Guide;
  width: number;
  isBrief?: boolean;
  /** Short replay names can be found again. */
  isKept?: boolean;
};

/** Findings told with script and trace; the others with what matters. */
const drawnMax = 5;
const shownMax = 20;
const idsMax = 12;

/** A section for each finding; none where nothing is broken. */
export const findingsSection = (
  record: RunRecord,
  { guide, width, isBrief = false, isKept = false }: FindingsOptions,
  colours: Colours,
): string[] => {
  const views = findingsIn(record, { guide, width: width - 2, eventsMax: isBrief ? 10 : 16 });
  if (views.length === 0) return [];
  const drawn = isBrief ? 1 : drawnMax;
  const shown = views
    .slice(0, shownMax)
    .map((view, index) =>
      [
        ...(index === 0 ? [colours.bold(findingsLine(views))] : []),
        ...fieldsOf(view, { isKept, isFirst: index === 0, isBrief }, colours),
        ...(index < drawn ? evidenceOf(view, colours) : []),
      ].join('\n'),
    );
  const more = views.length - shownMax;
  return more > 0 ? [...shown, `And ${more} more; the JSON report has them in full.`] : shown;
};

type How = { isKept: boolean; isFirst: boolean; isBrief: boolean };

const fieldsOf = (
  view: FindingView,
  { isKept, isFirst, isBrief }: How,
  colours: Colours,
): string[] => {
  const paint = view.verdict === 'warn' ? colours.yellow : colours.red;
  const mark = view.verdict === 'warn' ? '!' : '✗';
  const what = view.callback ?? 'what was registered';
  const title = `${mark} ${view.number}  ${what}  ${view.verdict}  ${view.rule}`;
  const field = (label: string, text: string | null): string[] =>
    text === null || text === '' ? [] : [labelled(label, text)];
  const repeat = isKept ? (view.repeat ?? view.replay) : view.replay;
  const isSaid = view.did !== null;
  return [
    colours.bold(paint(title)),
    ...field('Did', view.did ?? view.saw),
    ...field('Call', view.call),
    ...field('During', view.during),
    ...(isFirst || !isBrief ? field('Expected', view.expected) : []),
    ...(isFirst || !isBrief ? field('Saw', isSaid ? view.saw : null) : []),
    ...field('Also', alsoOf(view)),
    ...field('Unjudged', unjudgedOf(view)),
    ...(isFirst || !isBrief ? field('Look at', view.look) : []),
    // Never wrapped: it is copied as a whole.
    ...(repeat === null ? [] : [`  ${'Repeat'.padEnd(10)}${repeat}`]),
  ];
};

const named = (ids: readonly string[]): string => {
  const more = ids.length > idsMax ? ` … and ${ids.length - idsMax} more` : '';
  return ids.slice(0, idsMax).join(' ') + more;
};

const alsoOf = ({ alsoBreaks }: FindingView): string | null =>
  alsoBreaks.length === 0 ? null : `breaks ${named(alsoBreaks)}`;

const unjudgedOf = ({ unjudged }: FindingView): string | null =>
  unjudged.length === 0
    ? null
    : `${unjudged.length} rules could not be judged since it was lost: ${named(unjudged)}`;

const inset = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n');

const evidenceOf = ({ script, trace, legend }: FindingView, colours: Colours): string[] => [
  ...(script.length === 0 ? [] : ['  Script', ...script.map((line) => `  ${hanging(line, 8)}`)]),
  ...(trace === null ? [] : ['  Trace', colours.dim(inset(trace))]),
  ...(legend.length === 0 || trace === null ? [] : [labelled('Names', legend.join(', '))]),
];
