/**
 * FLAG-002, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Flags; IRQL Restrictions
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { ELEMENTS, eachFlowCall } from './element-flags.ts';
import { elements } from './conditions.ts';

/** FLAG-002: HELPER means a BPF program. */
const watchHelper: Watch = eachFlowCall(ELEMENTS, (call, flags, say, trace) => {
  if (flags & CLEANUP) return;
  const caller = trace.operation(call.op)?.caller;
  if (caller !== 'user' && caller !== 'program') return;
  say.exercised();
  const due = caller === 'program';
  if (((flags & HELPER) !== 0) !== due) {
    say.violated(
      call,
      'HELPER is set exactly when a BPF program issued the operation',
      `a ${due ? 'program' : 'user'} issued it and flags were ${flagNames(flags)}`,
    );
  }
});

export const rule: Requirement = {
  id: 'FLAG-002',
  asks: 'HELPER is set exactly when a BPF program issued the operation.',
  passing: 'It was clear for users and, where programs may use the map, set for them.',
  look: "the runtime's translation of its own flags for the provider.",
  applies: elements,
  watch: watchHelper,
};
