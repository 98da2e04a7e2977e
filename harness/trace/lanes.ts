/**
 * A trace as text, one column per actor, bounded in width and in lines. What stands beside each
 * other belongs to different actors; time runs down.
 */
import wrapAnsi from 'wrap-ansi';
import { describeEvent } from './describe.ts';
import type { TraceEvent } from './event.ts';
import { unnamed, type Names } from './names.ts';

export type LanesOptions = {
  /** Columns of the terminal. */
  width?: number;
  /** Most events shown. */
  eventsMax?: number;
  /** The event to show the surroundings of; absent: the end of the trace. */
  around?: number;
  /** What keys and values are called. */
  names?: Names;
};

const COLUMN_MIN = 22;
const MARK_WIDTH = 7;

/** The trace, or the part of it around one event; leaves a line where events are left out. */
export const lanes = (trace: readonly TraceEvent[], options: LanesOptions = {}): string => {
  const { width = 80, eventsMax = 24, around, names: called = unnamed } = options;
  const shown = windowOf(trace, eventsMax, around);
  const names = actorNames(trace);
  const layout = layoutOf(shown.events, width);
  const body = shown.events.flatMap((event) =>
    eventLines(event, layout, names, called).map((text, index) => {
      const mark = `${event.seq === around ? '>' : ' '}${String(event.seq).padStart(4)} `;
      return `${index === 0 ? mark : ''}`.padEnd(MARK_WIDTH) + text;
    }),
  );
  const titles = layout.columns.map((actor) => fit(names.get(actor) ?? '?', layout.room));
  return [
    ...(titles.length > 0 ? [' '.repeat(MARK_WIDTH) + row(titles, layout.room)] : []),
    ...(shown.before > 0 ? [`${' '.repeat(MARK_WIDTH)}… ${shown.before} earlier events`] : []),
    ...body,
    ...(shown.after > 0 ? [`${' '.repeat(MARK_WIDTH)}… ${shown.after} later events`] : []),
  ]
    .map((line) => line.trimEnd())
    .join('\n');
};

type Layout = {
  /** Actors with a column of their own; none when one column holds all. */
  columns: number[];
  /** Width of a column. */
  room: number;
  /** Width of a line that belongs to no column. */
  full: number;
};

const layoutOf = (events: readonly TraceEvent[], width: number): Layout => {
  const full = width - MARK_WIDTH;
  // The runtime's own work is written across: it is no actor.
  const actors = [...new Set(events.map(({ actor }) => actor))].filter((actor) => actor >= 0);
  const room = Math.floor((full - 3 * (actors.length - 1)) / Math.max(1, actors.length));
  const hasColumns = actors.length > 1 && room >= COLUMN_MIN;
  return { columns: hasColumns ? actors.sort((a, b) => a - b) : [], room, full };
};

const eventLines = (
  event: TraceEvent,
  layout: Layout,
  names: Map<number, string>,
  called: Names,
): string[] => {
  const text = describeEvent(event, called);
  const at = layout.columns.indexOf(event.actor);
  if (at === -1) return broken(`${names.get(event.actor) ?? '?'}: ${text}`, layout.full);
  return broken(text, layout.room).map((part) =>
    row(
      layout.columns.map((_, index) => (index === at ? part : '')),
      layout.room,
    ),
  );
};

const windowOf = (trace: readonly TraceEvent[], eventsMax: number, around: number | undefined) => {
  const found = around === undefined ? -1 : trace.findIndex((event) => event.seq === around);
  const focus = found === -1 ? trace.length - 1 : found;
  // Mostly what came before: causes are there. A quarter of the room shows what came after.
  const end = Math.min(trace.length, focus + 1 + Math.floor(eventsMax / 4));
  const start = Math.max(0, end - eventsMax);
  return { events: trace.slice(start, end), before: start, after: trace.length - end };
};

/** What actors are called: who they are, with their number. */
export const actorNames = (trace: readonly TraceEvent[]): Map<number, string> => {
  const names = new Map<number, string>([[-1, 'runtime']]);
  for (const event of trace) {
    if (event.kind === 'operation-started' && !names.has(event.actor)) {
      names.set(event.actor, `${event.caller}#${event.actor + 1}`);
    }
  }
  for (const event of trace) {
    if (!names.has(event.actor)) names.set(event.actor, `actor#${event.actor + 1}`);
  }
  return names;
};

const LINES_PER_EVENT = 3;

/** The text on at most three lines of `room` characters; what follows is cut with an ellipsis. */
const broken = (text: string, room: number): string[] => {
  const all = wrapAnsi(text, room, { hard: true }).split('\n');
  if (all.length <= LINES_PER_EVENT) return all;
  const kept = all.slice(0, LINES_PER_EVENT);
  return [...kept.slice(0, -1), fit(`${kept.at(-1) ?? ''}…`, room)];
};

const fit = (text: string, room: number): string => {
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
};

const row = (cells: readonly string[], room: number): string =>
  cells.map((cell) => cell + ' '.repeat(Math.max(0, room - [...cell].length))).join(' │ ');
