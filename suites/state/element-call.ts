/**
 * What kind of element call it was: one the runtime could make, or a probe with arguments of its
 * own.
 */
import {
  type CallbackEntered,
  type EventOf,
  type TraceView,
  EBPF_MAP_OPERATION_HELPER,
} from '../../harness/index.ts';

type Entered = CallbackEntered & { seq: number };

/** The flags that the contract defines. */
const knownFlags = 0x07;

/** Sizes that differ from what the runtime passes for this map (SIZE-003). */
export const hasOddSizes = (call: CallbackEntered, trace: TraceView): boolean => {
  const map = trace.map(call.map);
  if (!map) return false;
  const transforms = trace.subject.profile.updatesOriginalValue;
  const isFind = call.callback === 'postprocess_map_find_element';
  if (call.callback === 'preprocess_map_update_element') {
    const out = transforms ? map.actual_value_size : null;
    return call.value_size !== map.value_size || (call.out_size ?? null) !== out;
  }
  if (isFind && (call.out_size ?? null) !== (transforms ? map.value_size : null)) return true;
  return call.value_size !== map.actual_value_size;
};

/** NULL key, or (find) no key length. */
export const lacksKey = (call: CallbackEntered): boolean =>
  call.key === null || (call.callback === 'postprocess_map_find_element' && call.key_size === 0);

/** HELPER towards a provider that the runtime never calls so (FLAG-007). */
export const isHelperOnTransforming = (call: CallbackEntered, trace: TraceView): boolean =>
  trace.subject.profile.updatesOriginalValue &&
  ((call.flags ?? 0) & EBPF_MAP_OPERATION_HELPER) !== 0;

export const hasUnknownFlags = (call: CallbackEntered): boolean =>
  ((call.flags ?? 0) & ~knownFlags) !== 0;

/** Arguments after which nobody can say what the provider still owns. */
export const isHostile = (call: CallbackEntered, trace: TraceView): boolean =>
  hasOddSizes(call, trace) || call.key === null || isHelperOnTransforming(call, trace);

/** Buffers at odd addresses, in this call or in the whole run. */
export const isMisaligned = (call: CallbackEntered, trace: TraceView): boolean => {
  const operation = trace.operation(call.op)?.operation;
  return (
    trace.conditions.misaligned === true ||
    (operation?.op === 'call' && operation.misaligned === true)
  );
};

/** A call as the runtime makes it, in every respect that rules of single probes are about. */
export const isOrdinary = (call: CallbackEntered, trace: TraceView): boolean =>
  !hasOddSizes(call, trace) &&
  !lacksKey(call) &&
  !isHelperOnTransforming(call, trace) &&
  !hasUnknownFlags(call) &&
  !isMisaligned(call, trace);

/** The buffer whose end a simulated provider met: with more bytes behind it the call returned. */
const shortBuffer = ({ cause }: EventOf<'lost'>): string | null =>
  cause?.what === 'bounds' ? cause.of : null;

/**
 * A store beyond out_value, as a simulated loss shows it: by what a repetition told, else by the
 * words of a typed array or a DataView.
 */
export const isStoreBeyond = (event: EventOf<'lost'>): boolean =>
  shortBuffer(event) === 'out_value' ||
  (event.error === 'RangeError' &&
    /offset is out of bounds|outside the bounds|DataView/i.test(event.detail));

/** A read beyond a buffer that is only read, as a simulated provider's loss shows it. */
export const isReadBeyond = (event: EventOf<'lost'>): boolean =>
  ['key', 'value'].includes(shortBuffer(event) ?? '') ||
  (event.error === 'RangeError' &&
    /outside the bounds|DataView|typed array length/i.test(event.detail));

/** A native loss of which the host could tell what the call did to which buffer. */
export const isNamed = (event: EventOf<'lost'>): boolean => (event.damage?.length ?? 0) > 0;

/** The call of a loss, when it was one of the callbacks named. */
export const lostCall = (
  trace: TraceView,
  event: EventOf<'lost'>,
  callbacks: readonly string[],
): Entered | undefined => {
  const call = trace.call(event.call);
  return call && callbacks.includes(call.callback) ? call : undefined;
};

export const FIND = ['postprocess_map_find_element'] as const;
export const UPDATES = ['preprocess_map_update_element'] as const;
export const DELETES = ['preprocess_map_delete_element', 'postprocess_map_delete_element'] as const;
