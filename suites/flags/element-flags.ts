/** Element callbacks, with the flags that they are given. */
import type { TraceView, Reporter, Watch } from '../../harness/index.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';

export type Entered = NonNullable<ReturnType<TraceView['call']>>;

export const ELEMENTS = [...FIND, ...UPDATES, ...DELETES] as const;
export const isElement = (callback: string): boolean =>
  (ELEMENTS as readonly string[]).includes(callback);
export const isDelete = (callback: string): boolean =>
  (DELETES as readonly string[]).includes(callback);

export const names = (callback: string, list: readonly string[]): boolean =>
  list.includes(callback);

/** Element callbacks that flows of the runtime make. */
export const eachFlowCall =
  (
    callbacks: readonly string[],
    look: (call: Entered, flags: number, say: Reporter, trace: TraceView) => void,
  ): Watch =>
  (say, trace) => ({
    'callback-entered': (event) => {
      if (!event.direct && event.map && names(event.callback, callbacks))
        look(event, event.flags ?? 0, say, trace);
    },
  });
