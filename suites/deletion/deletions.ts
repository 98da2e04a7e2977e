/** Finished delete callbacks, and operations that remove. */
import type { EventOf, TraceView, Watch } from '../../harness/index.ts';
import { isPlainLookup, type KeyOperation } from '../state/base-contents.ts';
import { DELETES } from '../state/element-call.ts';

export type Entered = NonNullable<ReturnType<TraceView['call']>>;

export const isDelete = (callback: string): boolean =>
  (DELETES as readonly string[]).includes(callback);
export const isPreprocess = (event: { callback: string }): boolean => event.callback === DELETES[0];

/** Finished delete callbacks. */
export const eachDelete = (
  trace: TraceView,
  look: (event: EventOf<'callback-returned'>, call: Entered) => void,
): ReturnType<Watch> => ({
  'callback-returned': (event) => {
    const call = isDelete(event.callback) ? trace.call(event.call) : undefined;
    if (call) look(event, call);
  },
});

export const removes = ({ operation }: KeyOperation): boolean =>
  operation.op === 'delete' ||
  (operation.op === 'find' && operation.delete === true && isPlainLookup(operation));
