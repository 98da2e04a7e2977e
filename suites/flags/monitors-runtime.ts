/**
 * FLAG and SIZE for runtimes: which flags and sizes callbacks are given, and which lengths of
 * callers are refused.
 */
import type { EventOf, TraceView, Verdicts, Watch } from '../../harness/index.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';

type Entered = EventOf<'callback-entered'>;

export const names = (callback: string, list: readonly string[]): boolean =>
  list.includes(callback);

/** Element callbacks that flows of the runtime make. */
export const eachFlowCall =
  (
    callbacks: readonly string[],
    look: (call: Entered, flags: number, say: Verdicts, trace: TraceView) => void,
  ): Watch =>
  (say, trace) => ({
    'callback-entered': (event) => {
      if (!event.direct && event.map && names(event.callback, callbacks))
        look(event, event.flags ?? 0, say, trace);
    },
  });

export const ELEMENTS = [...FIND, ...UPDATES, ...DELETES];
