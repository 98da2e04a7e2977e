/**
 * FLAG-001, a MUST for the runtime.
 * Source: include/ebpf_extension.h:EBPF_MAP_OPERATION_*; docs/CustomMaps.md#Flags
 */
import {
  EBPF_MAP_OPERATION_HELPER as HELPER,
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { DELETES } from '../state/element-call.ts';
import { ELEMENTS, eachFlowCall, names } from './element-flags.ts';
import { elements } from './conditions.ts';

/** FLAG-001: the three values, and what each is for. */
const watchValues: Watch = eachFlowCall(ELEMENTS, (call, flags, say, trace) => {
  say.exercised();
  const operation = trace.operation(call.op)?.operation.op;
  const unknown = flags & ~(HELPER | UPDATE | CLEANUP);
  if (unknown)
    say.violated(
      call,
      'flags are made of HELPER 0x01, UPDATE 0x02 and MAP_CLEANUP 0x04',
      `they were ${flagNames(flags)}`,
    );
  if (!names(call.callback, DELETES)) return;
  if (operation === 'update' && !(flags & UPDATE)) {
    say.violated(
      call,
      'deletes on behalf of an update have UPDATE (0x02) set',
      `flags were ${flagNames(flags)}`,
    );
  }
});

export const rule: Requirement = {
  id: 'FLAG-001',
  asks: 'HELPER is 0x01, UPDATE 0x02, MAP_CLEANUP 0x04.',
  passing: 'Flags held no other bits, and UPDATE was set for replaces and rollbacks.',
  look: "the runtime's constants and where it sets them.",
  applies: elements,
  watch: watchValues,
};
