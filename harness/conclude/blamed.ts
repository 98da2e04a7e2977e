/** What a violation is put down to. */
import type { Entered } from './lifetimes.ts';

/** What kind of thing went wrong in a call. */
export type Nature =
  | 'memory'
  | 'epoch'
  | 'level'
  | 'lock'
  | 'buffer'
  | 'content'
  | 'result'
  | 'loss'
  | 'data'
  | 'registrar'
  | 'other';

/** How memory or a stored value was mistreated, where the trace tells. */
export type Way = 'freed-early' | 'unreleased' | 'unwritten';

export type Blame = {
  /** The call that is to blame; null: none is known. */
  call: Entered | null;
  nature: Nature;
  /** What it did, where that is more than the violation says itself. */
  did: string | null;
  way: Way | null;
  /** Blocks and objects that it is about. */
  things: readonly string[];
  /** The call that made these. */
  maker: Entered | null;
  /** Line of code at which the subject was lost. */
  place: string | null;
  /** Seen only in what was left at a point of rest. */
  isTally: boolean;
};

/** Nothing is known. */
export const unknown: Blame = {
  ...{ call: null, nature: 'other', did: null, things: [] },
  ...{ maker: null, place: null, isTally: false, way: null },
};
