/**
 * SIZE-003, a MUST for the runtime.
 * Source: include/ebpf_extension.h:parameter documentation; libs/execution_context/ebpf_maps.c:
 */
import type { CallbackEntered, Requirement, TraceView, Watch } from '../../harness/index.ts';
import { DELETES, FIND, UPDATES } from '../state/element-call.ts';
import { ELEMENTS, eachFlowCall, names } from './element-flags.ts';
import { elements } from './conditions.ts';

const valueSizesDue = (
  call: CallbackEntered,
  trace: TraceView,
): { value: number; out: number | null } | null => {
  const map = trace.map(call.map);
  if (!map) return null;
  const transforms = trace.subject.profile.updatesOriginalValue;
  if (names(call.callback, UPDATES))
    return { value: map.value_size, out: transforms ? map.actual_value_size : null };
  if (names(call.callback, FIND))
    return { value: map.actual_value_size, out: transforms ? map.value_size : null };
  return { value: map.actual_value_size, out: null };
};

/** SIZE-003: value sizes in and out. */
const watchValueSizes: Watch = eachFlowCall(ELEMENTS, (call, _flags, say, trace) => {
  const due = valueSizesDue(call, trace);
  if (!due) return;
  say.exercised();
  if (call.value_size !== due.value) {
    say.violated(
      call,
      `${call.callback} gets a value of ${due.value} bytes`,
      `it got ${call.value_size}`,
    );
  }
  if (!names(call.callback, DELETES) && (call.out_size ?? null) !== due.out) {
    say.violated(
      call,
      `${call.callback} gets ${due.out === null ? 'no out_value' : `an out_value of ${due.out} bytes`}`,
      `it got ${call.out_size ?? 'none'}`,
    );
  }
});

export const rule: Requirement = {
  id: 'SIZE-003',
  asks:
    'Update gets the declared value size and an out buffer of actual_value_size; find and ' +
    'delete get actual_value_size, find an out buffer of the declared size. Without ' +
    'updates_original_value there is no out buffer.',
  passing: 'All sizes were these.',
  look: "the runtime's calls of the element callbacks.",
  applies: elements,
  watch: watchValueSizes,
};
