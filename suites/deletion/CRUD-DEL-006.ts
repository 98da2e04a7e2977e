/**
 * CRUD-DEL-006, a MUST NOT for the provider.
 * Source: docs/CustomMaps.md#Delete Element, Deprecated; include/ebpf_extension.h:
 */
import {
  EBPF_MAP_OPERATION_MAP_CLEANUP as CLEANUP,
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
  flagNames,
} from '../../harness/index.ts';
import { isHostile } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { valueLedger } from '../state/value-ledger.ts';
import { eachDelete, isPreprocess } from './deletions.ts';
import { preprocess } from './conditions.ts';

/** CRUD-DEL-006: with UPDATE or MAP_CLEANUP there is nothing to refuse. */
const watchNoRefusal: Watch = (say, trace) => {
  const { book, handlers } = valueLedger(trace);
  return inOrder(
    eachDelete(trace, (event, call) => {
      const flags = call.flags ?? 0;
      if (!isPreprocess(event) || !(flags & (UPDATE | CLEANUP)) || isHostile(call, trace)) return;
      if (call.direct && !book.isKnown(call)) return;
      say.exercised();
      if (event.result !== 'EBPF_SUCCESS') {
        say.violated(
          event,
          'preprocess_map_delete_element does not fail when UPDATE or MAP_CLEANUP is set',
          `it answered ${event.result} with flags ${flagNames(flags)}`,
        );
      }
    }),
    handlers,
  );
};

export const rule: Requirement = {
  id: 'CRUD-DEL-006',
  asks: 'preprocess_map_delete_element does not fail when UPDATE or MAP_CLEANUP is set.',
  passing: 'It answered EBPF_SUCCESS on every replace, rollback and clean-up.',
  look: 'preprocess_map_delete_element: is the check that may reject skipped for UPDATE and MAP_CLEANUP?',
  applies: preprocess,
  watch: watchNoRefusal,
};
