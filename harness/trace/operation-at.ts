/** Which operation an event of a trace belongs to. */
import type { TraceEvent } from './event.ts';

/** The operation that an event belongs to; 0: to none. */
export const operationAt = (trace: readonly TraceEvent[], seq: number): number => {
  const event = trace[seq];
  if (!event) return 0;
  if ('op' in event) return event.op ?? 0;
  const call = 'call' in event ? event.call : 0;
  const entered = trace.find((one) => one.kind === 'callback-entered' && one.call === call);
  return entered?.kind === 'callback-entered' ? entered.op : 0;
};
