/**
 * FLAG-003, a MUST NOT for the runtime.
 * Source: include/ebpf_extension.h:find/update flags documentation
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { FIND, UPDATES } from '../state/element-call.ts';
import { eachFlowCall } from './element-flags.ts';
import { anyCallback } from './conditions.ts';

/** FLAG-003: find and update know only HELPER. */
const watchNoDeleteFlags: Watch = eachFlowCall([...FIND, ...UPDATES], (call, flags, say) => {
  say.exercised();
  if (flags & (UPDATE | CLEANUP)) {
    say.violated(
      call,
      'UPDATE and MAP_CLEANUP are never set for find and update callbacks',
      `flags were ${flagNames(flags)}`,
    );
  }
});

export const rule: Requirement = {
  id: 'FLAG-003',
  asks: 'UPDATE and MAP_CLEANUP are never set for find and update callbacks.',
  passing: 'They were not.',
  look: "the runtime's lookup and update: which flags are passed on?",
  applies: anyCallback(['find', 'update']),
  watch: watchNoDeleteFlags,
};
