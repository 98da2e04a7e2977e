/**
 * CRUD-DEL-012, a MUST for the provider.
 * Source: include/ebpf_extension.h:_In_reads_opt_ key
 */
import type { Requirement, Watch } from '../../harness/index.ts';
import { DELETES, lostCall } from '../state/element-call.ts';
import { inOrder } from '../state/in-order.ts';
import { eachDelete } from './deletions.ts';
import { deletes } from './conditions.ts';

/** CRUD-DEL-012: a NULL key is survived. */
const watchNullKey: Watch = (say, trace) =>
  inOrder(
    eachDelete(trace, (_event, call) => {
      if (call.key === null) say.exercised();
    }),
    {
      lost: (event) => {
        if (lostCall(trace, event, DELETES)?.key === null)
          say.lost(event, 'the delete callback copes with key NULL', 'key');
      },
    },
  );

export const rule: Requirement = {
  id: 'CRUD-DEL-012',
  asks: 'Delete copes with key NULL.',
  passing: 'Direct calls with key NULL and a real value came back.',
  look: 'the delete callback: is key followed without a check?',
  applies: deletes,
  watch: watchNullKey,
};
