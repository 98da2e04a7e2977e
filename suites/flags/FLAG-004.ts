/**
 * FLAG-004, a MUST NOT for the runtime.
 * Source: libs/execution_context/ebpf_maps.c:_get_provider_flags; ebpf_maps.h
 * EBPF_MAP_FIND_FLAG_DELETE
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { DELETES, FIND } from '../state/element-call.ts';
import { eachFlowCall } from './element-flags.ts';
import { anyCallback } from './conditions.ts';

/** FLAG-004: lookup-and-delete does not show through. */
const watchNoInternalFlags: Watch = eachFlowCall(
  [...FIND, ...DELETES],
  (call, flags, say, trace) => {
    const operation = trace.operation(call.op)?.operation;
    if (operation?.op !== 'find' || !operation.delete) return;
    say.exercised();
    if (flags & ~HELPER)
      say.violated(
        call,
        'callbacks of a lookup-and-delete have flags 0 or HELPER',
        `they were ${flagNames(flags)}`,
      );
  },
);

export const rule: Requirement = {
  id: 'FLAG-004',
  asks: "The runtime's own flags do not reach the provider.",
  passing: 'Callbacks of lookup-and-delete had flags 0 or HELPER.',
  look: "the runtime's find-and-delete flag, which is 0x02 internally.",
  applies: anyCallback(['find', 'delete']),
  watch: watchNoInternalFlags,
};
