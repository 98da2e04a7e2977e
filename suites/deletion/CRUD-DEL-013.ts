/**
 * CRUD-DEL-013, a SHOULD for the provider.
 * Source: libs/execution_context/ebpf_maps.c:_ebpf_custom_map_update_hash_map_entry (rollback
 * condition)
 */
import {
  EBPF_MAP_OPERATION_UPDATE as UPDATE,
  type Requirement,
  type Watch,
} from '../../harness/index.ts';
import { createsMaps, hasDelete, hasNoUpdate, storesAsGiven, when } from '../state/applies.ts';
import { DELETES, hasOddSizes, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { type Entered, eachDelete, isDelete } from './deletions.ts';

/** CRUD-DEL-013: a delete(UPDATE) for a value that no update callback announced. */
const watchUnannounced: Watch = (say, trace) => {
  const expected =
    'a delete callback with UPDATE for a value that was never announced is tolerated';
  const isIt = (call: Entered | undefined): boolean =>
    Boolean(call && (call.flags ?? 0) & UPDATE && !hasOddSizes(call, trace));
  const ops = new Set<number>();
  return inOrder(
    eachDelete(trace, (_event, call) => {
      if (!isIt(call)) return;
      say.exercised();
      ops.add(call.op);
    }),
    {
      lost: (event) => {
        if (isIt(lostCall(trace, event, DELETES))) say.lost(event, expected, 'flags');
      },
      misuse: (event) => {
        const call = trace.call(event.call);
        const harmful = [
          'free-twice',
          'free-foreign',
          'bad-access',
          'null-access',
          'object-dereferenced-too-often',
        ];
        if (call && isDelete(call.callback) && isIt(call) && harmful.includes(event.misuse))
          say.violated(event, expected, event.detail);
      },
      'operation-ended': (event) => {
        if (ops.has(event.op) && (event.resources ?? 0) < 0)
          say.violated(event, expected, `the provider's counter fell to ${event.resources}`);
      },
    },
  );
};

export const rule: Requirement = {
  id: 'CRUD-DEL-013',
  asks:
    'A provider with a delete but no update callback tolerates a delete with UPDATE for a ' +
    'value it never heard of.',
  passing: 'Such calls came back and the counter, if there is one, did not fall below zero.',
  look: 'the delete callback: does it expect every value to have been announced?',
  applies: when(hasNoUpdate, storesAsGiven, hasDelete, createsMaps),
  watch: watchUnannounced,
};
