/**
 * Where the shipped runtime does otherwise than the document (C-05 to C-11), rule by rule: what a
 * complaint must be about to be that, and nothing else. Errata excuse what these let pass.
 */
import {
  DISPATCH_LEVEL,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type CallbackEntered,
  type IsReading,
  type TraceEvent,
  type TraceView,
} from '../../harness/index.ts';
import { DELETES } from './element-call.ts';

const POST = DELETES[1];

const callAt = (at: TraceEvent, trace: TraceView): CallbackEntered | undefined =>
  at.kind === 'callback-entered' ? at : 'call' in at ? trace.call(at.call) : undefined;

const isExplicit = (call: CallbackEntered): boolean => !((call.flags ?? 0) & (UPDATE | CLEANUP));

/**
 * C-05: with an update callback, the postprocess delete comes before the removal, under the bucket
 * lock alone.
 */
export const deletesUnderTheLock: IsReading = (at, trace) => {
  const call = callAt(at, trace);
  if (call?.callback !== POST || !isExplicit(call) || !trace.subject.profile.hasUpdate)
    return false;
  return call.locks <= 1 && call.irql <= DISPATCH_LEVEL;
};

/**
 * C-06: without an update callback, the deprecated delete comes after the removal, and its answer
 * is not used.
 */
export const rejectsInVain: IsReading = (at, trace) => {
  if (trace.subject.profile.hasUpdate) return false;
  return at.kind === 'operation-ended' ? at.result === 'EBPF_SUCCESS' : at.kind === 'service';
};

/** C-08: the callbacks of a map's end run outside every epoch. */
export const endsOutsideEpochs: IsReading = (at, trace) => {
  if (at.kind !== 'callback-entered') return false;
  const isCleanup = DELETES.includes(at.callback as never) && (at.flags ?? 0) === CLEANUP;
  const isEnd = isCleanup || at.callback === 'postprocess_map_delete';
  return isEnd && trace.operation(at.op)?.operation.op !== 'create';
};

/** C-07: the deletes of the clean-up run under the map's spin lock. */
export const cleansUpUnderTheLock: IsReading = (at) =>
  at.kind === 'callback-entered' && at.irql === DISPATCH_LEVEL && at.locks <= 1;

/** C-10: find gets the key length that the caller stated, which is 0 for programs. */
export const forwardsTheKeySize: IsReading = (at, trace) => {
  if (at.kind !== 'callback-entered') return false;
  const asked = trace.operation(at.op);
  if (asked?.operation.op !== 'find' || at.callback !== 'postprocess_map_find_element')
    return false;
  const stated = asked.operation.key_size ?? trace.map(at.map)?.key_size;
  return at.key_size === (asked.caller === 'program' ? 0 : stated);
};

/**
 * C-11: nobody checks the lengths that a caller states; find is told them as they are, others the
 * map's.
 */
export const takesAnyLength: IsReading = (at, trace) => {
  if (at.kind === 'operation-ended') return at.result === 'EBPF_SUCCESS';
  if (at.kind !== 'callback-entered') return false;
  if (at.callback === 'postprocess_map_find_element') return forwardsTheKeySize(at, trace);
  return at.key_size === trace.map(at.map)?.key_size;
};
