/**
 * The trace around a failing call as a drawing: one column an actor, time runs down, the call to
 * blame and the event at which it showed marked. SVG without style of its own or script.
 */
import { describeEvent } from '../harness/trace/describe.ts';
import type { TraceEvent } from '../harness/trace/event.ts';
import { actorNames } from '../harness/trace/lanes.ts';
import type { Names } from '../harness/trace/names.ts';

export type Drawing = {
  trace: readonly TraceEvent[];
  names: Names;
  /** Event of the call that is to blame, and the one at which a rule was broken. */
  call: number | null;
  broken: number | null;
  escape: (text: string) => string;
};

const eventsMax = 30;
const rowHeight = 22;
const headHeight = 28;
const numberWidth = 44;
const columnMin = 120;
const letterWidth = 7.3;
const charactersMax = 64;

/** What stands behind the two events that matter. */
const marks = { broken: ' ◀ broken here', blamed: ' ◀ this call' } as const;

/** The drawing as an `<svg>` element. */
export const drawLanes = ({ trace, names, call, broken, escape }: Drawing): string => {
  const { events, before, after } = around(trace, call ?? broken);
  const called = actorNames(trace);
  // The runtime's own work last: it answers what the actors do.
  const actors = [...new Set(events.map(({ actor }) => actor))].sort(
    (a, b) => Number(a < 0) - Number(b < 0) || a - b,
  );
  const markOf = ({ seq }: TraceEvent): keyof typeof marks | '' =>
    seq === broken ? 'broken' : seq === call ? 'blamed' : '';
  const texts = events.map((event) => {
    const mark = markOf(event);
    return clipped(describeEvent(event, names)) + (mark === '' ? '' : marks[mark]);
  });
  const rooms = actors.map((actor) => {
    const own = texts.filter((_, index) => events[index]!.actor === actor);
    const widest = Math.max(0, ...own.map((text) => [...text].length));
    return Math.max(columnMin, widest * letterWidth + 28);
  });
  const width = numberWidth + rooms.reduce((sum, room) => sum + room, 0);
  const height = headHeight + (events.length + 1) * rowHeight;
  const xOf = (actor: number): number =>
    numberWidth + rooms.slice(0, actors.indexOf(actor)).reduce((sum, room) => sum + room, 0);
  const heads = actors.map(
    (actor) =>
      `<text class="head" x="${xOf(actor) + 12}" y="18">${escape(called.get(actor) ?? '?')}</text>` +
      `<line class="lane" x1="${xOf(actor) + 4}" y1="${headHeight}" x2="${xOf(actor) + 4}" y2="${height}"/>`,
  );
  const rows = events.map((event, index) => {
    const y = headHeight + (index + 1) * rowHeight;
    const x = xOf(event.actor);
    const mark = markOf(event);
    const room = rooms[actors.indexOf(event.actor)]!;
    const box = `<rect class="${mark}" x="${x + 8}" y="${y - 15}" width="${room - 16}" height="20" rx="4"/>`;
    return (
      `${mark === '' ? '' : box}` +
      `<text class="number" x="${numberWidth - 8}" y="${y}" text-anchor="end">${event.seq}</text>` +
      `<circle class="${mark || 'dot'}" cx="${x + 4}" cy="${y - 5}" r="4"/>` +
      `<text x="${x + 14}" y="${y}">${escape(texts[index]!)}</text>`
    );
  });
  const left = [
    ...(before > 0 ? [`${before} earlier`] : []),
    ...(after > 0 ? [`${after} later`] : []),
  ].join(', ');
  const title = `Trace, one column an actor${left === '' ? '' : `; ${left} events are left out`}`;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return `<figure class="lanes" tabindex="0"><svg role="img" aria-label="${escape(title)}" ${size}>
${heads.join('\n')}
${rows.join('\n')}
</svg><figcaption>${escape(title)}</figcaption></figure>`;
};

const clipped = (text: string): string => {
  const characters = [...text];
  return characters.length <= charactersMax
    ? text
    : `${characters.slice(0, charactersMax - 1).join('')}…`;
};

const around = (trace: readonly TraceEvent[], seq: number | null) => {
  const found = seq === null ? -1 : trace.findIndex((event) => event.seq === seq);
  const focus = found === -1 ? trace.length - 1 : found;
  const end = Math.min(trace.length, focus + 1 + Math.floor(eventsMax / 3));
  const start = Math.max(0, end - eventsMax);
  return { events: trace.slice(start, end), before: start, after: trace.length - end };
};
