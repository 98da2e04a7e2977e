/**
 * Where a subject was lost: a line of its code, the calls that led there, and the block that the
 * address lies in.
 */

/**
 * A place in the subject's code, as far as its symbols tell; offsets are those in the file, never
 * addresses.
 */
export type Frame = {
  function: string | null;
  /** Without its folder, which is a matter of the machine that built it. */
  file: string | null;
  line: number | null;
  /** The library or module, without its folder. */
  module: string;
  /** Hexadecimal; null for a module of JavaScript. */
  offset: string | null;
};

/** The innermost frame that is the subject's own, and all of them from the inside out. */
export type Place = Frame & { stack: Frame[] };

/** One end of a block's life: in which callback, at which event of the trace. */
type Moment = { callback: string; event: number };

/** The block that a bad address lies in or next to. */
export type BlockHistory = {
  block: string;
  size: number;
  /** Offset of the address from the block's beginning, in bytes; may be before or behind it. */
  offset: number | null;
  made: Moment;
  freed: Moment | null;
};

const callersShown = 3;

/** `update (map.c:12)`, `map.c:12`, or `provider.so+0x12a4`. */
export const wordsOfFrame = (frame: Frame): string => {
  const { file, line, module, offset } = frame;
  const where = file !== null && line !== null ? `${file}:${line}` : null;
  const inFile = where ?? (offset === null ? module : `${module}+${offset}`);
  return frame.function === null ? inFile : `${frame.function} (${inFile})`;
};

/** The place and who called it, to stand behind what happened. */
export const wordsOfPlace = (place: Place): string => {
  const at = place.stack.findIndex((frame) => isSame(frame, place));
  const callers = place.stack.slice(at + 1, at + 1 + callersShown).map(wordsOfFrame);
  return [`at ${wordsOfFrame(place)}`, ...callers.map((one) => `called from ${one}`)].join(', ');
};

const isSame = (left: Frame, right: Frame): boolean =>
  left.offset === right.offset && left.function === right.function && left.line === right.line;

/**
 * The block's life in words: `block#3, 16 bytes, made in … at event 21, freed in … at event 34`.
 */
export const wordsOfBlock = ({ block, size, offset, made, freed }: BlockHistory): string => {
  const life = [
    `${block}, ${size} bytes`,
    `made in ${made.callback} at event ${made.event}`,
    ...(freed ? [`freed in ${freed.callback} at event ${freed.event}`] : []),
  ].join(', ');
  return `the address lies ${whereIn(offset, size)} ${life}`;
};

const whereIn = (offset: number | null, size: number): string => {
  if (offset === null) return 'in';
  if (offset < 0) return `${-offset} bytes before`;
  return offset < size ? `at offset ${offset} of` : `${offset - size} bytes behind the end of`;
};
