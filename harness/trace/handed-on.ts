/**
 * Where the bytes of a call come from: a value that an earlier update put out, or bytes of its own.
 * Stored values hold addresses and handles, which are others in each run, so a run that is made
 * again elsewhere must hand on what its own calls put out.
 */
import type { TraceEvent } from './event.ts';

/** For each call that is handed the result of an update: that update's call. */
export const handedOn = (trace: readonly TraceEvent[]): ReadonlyMap<number, number> => {
  const putOut = new Map<string, number>();
  const given = new Map<number, string | null | undefined>();
  const found = new Map<number, number>();
  for (const event of trace) {
    if (event.kind === 'callback-entered') {
      given.set(event.call, event.value);
      const isUpdate = event.callback === 'preprocess_map_update_element';
      const from = typeof event.value === 'string' ? putOut.get(event.value) : undefined;
      if (!isUpdate && from !== undefined) found.set(event.call, from);
    } else if (
      event.kind === 'callback-returned' &&
      event.callback === 'preprocess_map_update_element' &&
      typeof event.out === 'string' &&
      event.out !== ''
    ) {
      putOut.set(event.out, event.call);
    }
  }
  return found;
};
