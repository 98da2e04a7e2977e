/**
 * CRUD-DEL-005, a MUST for the runtime.
 * Source: docs/CustomMaps.md#Delete Element, Deprecated; libs/runtime/ebpf_hash_table.c:'Ignore
 * return value'
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
} from '../../harness/index.ts';
import { DELETES } from '../state/element-call.ts';
import { preprocess } from './conditions.ts';

/** CRUD-DEL-005: failures with UPDATE or MAP_CLEANUP change nothing for the operation. */
const watchIgnoredFailure: Watch = (say, trace) => {
  const failed = new Set<number>();
  return {
    'callback-returned': (event) => {
      const call = trace.call(event.call);
      if (event.callback !== DELETES[0] || event.result === 'EBPF_SUCCESS' || !call || call.direct)
        return;
      if ((call.flags ?? 0) & (UPDATE | CLEANUP)) failed.add(call.op);
    },
    'operation-ended': (event) => {
      if (!failed.has(event.op) || event.operation.op !== 'update') return;
      say.exercised();
      const codes = [
        'EBPF_SUCCESS',
        'EBPF_OBJECT_ALREADY_EXISTS',
        'EBPF_KEY_NOT_FOUND',
        'EBPF_OUT_OF_SPACE',
        'EBPF_INVALID_ARGUMENT',
        'EBPF_NO_MEMORY',
      ];
      if (!codes.includes(event.result)) {
        say.violated(
          event,
          'a preprocess delete that fails with UPDATE does not fail the update',
          `the update answered ${event.result}`,
        );
      }
    },
  };
};

export const rule: Requirement = {
  id: 'CRUD-DEL-005',
  asks: 'A preprocess delete that fails with UPDATE or MAP_CLEANUP does not fail the operation.',
  passing: 'Operations went on after such failures.',
  look: "the runtime's replace, rollback and clean-up: is the result of the delete callback ignored?",
  applies: preprocess,
  watch: watchIgnoredFailure,
};
