/** What a trace tells of the life of one block. */
import type { EventOf, TraceEvent } from './event.ts';
import type { BlockHistory } from './place.ts';

/**
 * The block's history; null when the trace does not know it. `offset`: where in it the bad address
 * lies.
 */
export const historyOf = (
  trace: readonly TraceEvent[],
  block: string,
  offset: number | null,
): BlockHistory | null => {
  const made = trace.find(
    (event): event is EventOf<'allocated'> => event.kind === 'allocated' && event.block === block,
  );
  if (!made) return null;
  const freed = trace.find(
    (event): event is EventOf<'freed'> => event.kind === 'freed' && event.block === block,
  );
  const moment = ({ call, seq }: { call: number; seq: number }): BlockHistory['made'] => ({
    callback: callbackOf(trace, call),
    event: seq,
  });
  const life = { made: moment(made), freed: freed ? moment(freed) : null };
  return { block, size: made.size, offset, ...life };
};

const callbackOf = (trace: readonly TraceEvent[], call: number): string =>
  trace.find(
    (event): event is EventOf<'callback-entered'> =>
      event.kind === 'callback-entered' && event.call === call,
  )?.callback ?? 'start';
