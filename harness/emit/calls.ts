/** The calls of a run in an order in which a test can make them one after the other. */
import type { Entered } from '../conclude/lifetimes.ts';
import type { TraceEvent } from '../trace/event.ts';

/** A call, or the end of an operation, after which no epoch is left open. */
export type Step = { kind: 'call'; call: Entered } | { kind: 'operation-ended' };

/**
 * Calls in order. What a call waits for in its middle, such as the end of bindings while the module
 * stops, goes before it: a test has no runtime that could do it meanwhile.
 */
export const stepsOf = (trace: readonly TraceEvent[]): Step[] => {
  const steps: Step[] = [];
  const open = new Map<number, number>();
  const operations = new Set<number>();
  for (const event of trace) {
    if (event.kind === 'operation-started') operations.add(event.op);
    else if (event.kind === 'callback-entered') {
      const outer = open.values().next();
      const at = outer.done ? steps.length : outer.value;
      steps.splice(at, 0, { kind: 'call', call: event });
      for (const [call, index] of open) if (index >= at) open.set(call, index + 1);
      open.set(event.call, at);
    } else if (event.kind === 'callback-returned') open.delete(event.call);
    else if (event.kind === 'lost') break;
    else if (event.kind === 'operation-ended') {
      operations.delete(event.op);
      if (operations.size === 0 && open.size === 0) steps.push({ kind: 'operation-ended' });
    }
  }
  return steps;
};
