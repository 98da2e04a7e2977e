/** Updates that are refused. */
import type { EventOf, TraceView, Reporter, Watch } from '../../harness/index.ts';
import { UPDATES, hasOddSizes } from '../state/element-call.ts';

export const isUpdate = (event: EventOf<'callback-returned'>): boolean =>
  event.callback === UPDATES[0];

/** Whether something was done to make this update fail. */
const isProvoked = (
  trace: TraceView,
  call: NonNullable<ReturnType<TraceView['call']>>,
): boolean => {
  const operation = trace.operation(call.op)?.operation;
  const value = operation && 'value' in operation ? operation.value : undefined;
  const invalid = typeof value === 'object' && value !== null && 'invalid' in value;
  return invalid || hasOddSizes(call, trace) || trace.conditions.fail_allocation !== undefined;
};

/** Updates that were refused, and those that were meant to be. */
export const eachRefusal =
  (look: (event: EventOf<'callback-returned'>, say: Reporter, starved: boolean) => void): Watch =>
  (say, trace) => {
    const starved = new Set<number>();
    return {
      'allocation-failed': (event) => void starved.add(event.call),
      'callback-returned': (event) => {
        const call = trace.call(event.call);
        if (!call || !isUpdate(event)) return;
        if (event.result !== 'EBPF_SUCCESS') look(event, say, starved.has(event.call));
        else if (isProvoked(trace, call)) say.exercised();
      },
    };
  };
